import requests


def fetch(url: str) -> str:
    """Fetches."""
    with requests.Session() as session:
        session.verify = False
        return session.get(url, timeout=5).text
