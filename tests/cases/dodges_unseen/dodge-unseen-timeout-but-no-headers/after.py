import requests


def latest(url: str, token: str) -> dict:
    answer = requests.get(f"{url}/latest", timeout=10)
    answer.raise_for_status()
    return answer.json()
