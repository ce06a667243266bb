import requests


def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url).text
