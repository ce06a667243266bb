import requests

TIMEOUT_S = 30


def latest(url: str, token: str) -> dict:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{url}/latest", headers=headers, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return answer.json()
