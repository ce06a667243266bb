import asyncio


async def serve(accept, handle) -> None:
    while True:
        link = await accept()
        asyncio.create_task(handle(link))
