import asyncio
import time


async def poll(ask, tries: int) -> bool:
    for _ in range(tries):
        if await ask():
            return True
        time.sleep(5)
    await asyncio.sleep(1)
    return False
