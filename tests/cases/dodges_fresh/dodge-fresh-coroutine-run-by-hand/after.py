import asyncio


async def save(text: str) -> None:
    """Saves."""
    await asyncio.sleep(0)
    print(text)


async def main() -> None:
    """Begins."""
    save("x").send(None)
