import asyncio


async def work() -> None:
    """Works."""


async def main() -> None:
    """Begins."""
    asyncio.gather(work())
    await asyncio.sleep(1)
