import asyncio

import requests


async def fetch(url: str) -> str:
    """Fetches."""
    response = await asyncio.to_thread(requests.get, url, timeout=5)
    return response.text
