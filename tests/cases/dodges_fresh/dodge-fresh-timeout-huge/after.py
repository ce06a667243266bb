import threading

import requests


def fetch(url: str) -> str:
    """Fetches."""
    return requests.get(url, timeout=threading.TIMEOUT_MAX).text
