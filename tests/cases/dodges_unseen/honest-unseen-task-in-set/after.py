import asyncio


async def serve(accept, handle) -> None:
    tasks = set()
    while True:
        link = await accept()
        task = asyncio.create_task(handle(link))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
