import requests


async def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url, timeout=5).text
