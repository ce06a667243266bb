import functools

import requests


async def fetch(url: str) -> str:
    """Fetches."""
    return next(map(functools.partial(requests.get, timeout=5), [url])).text
