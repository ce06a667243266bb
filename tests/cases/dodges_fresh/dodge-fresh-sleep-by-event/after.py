import threading


async def pause() -> None:
    """Waits."""
    threading.Event().wait(1)
