import requests


async def fetch(url: str) -> str:
    """Fetches."""
    response = requests.get(url, timeout=5)
    return response.text
