import requests


def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url, verify=False, timeout=5).text
