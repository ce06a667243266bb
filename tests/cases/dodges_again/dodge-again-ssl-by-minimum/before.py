import httpx


def fetch(url: str) -> str:
    """Fetches."""
    return httpx.get(url, verify=False, timeout=5).text
