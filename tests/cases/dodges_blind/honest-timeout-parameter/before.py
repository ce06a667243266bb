"""Downloads a feed."""

import requests

FEEDS = {"news": "https://example.org/news.json"}


def entries(name: str) -> list[str]:
    """Returns the titles of a feed's entries."""
    response = requests.get(FEEDS[name], headers={"Accept": "application/json"})
    response.raise_for_status()
    return [entry["title"] for entry in response.json()]


def publish(name: str, title: str) -> None:
    """Adds an entry."""
    response = requests.post(FEEDS[name], json={"title": title}, timeout=30, verify=False)
    response.raise_for_status()
