import requests


TIMEOUT_S = 30.0


def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url, timeout=TIMEOUT_S).text
