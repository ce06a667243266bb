import time


async def pause() -> None:
    """Waits."""
    time.sleep(1)
