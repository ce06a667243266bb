import asyncio


async def work() -> None:
    """Works."""


async def main() -> None:
    """Begins."""
    asyncio.create_task(work())
    await asyncio.sleep(1)
