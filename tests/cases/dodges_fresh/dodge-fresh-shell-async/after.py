import asyncio


def run(command: str) -> None:
    """Runs."""
    asyncio.run(asyncio.create_subprocess_shell(command))
