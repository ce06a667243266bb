import requests


def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url, verify=not url, timeout=5).text
