import requests


def latest(url: str, token: str) -> dict:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{url}/latest", headers=headers)
    answer.raise_for_status()
    return answer.json()
