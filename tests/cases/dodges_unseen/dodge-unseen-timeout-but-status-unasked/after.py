import requests


def send(url: str, body: dict[str, str]) -> str:
    reply = requests.post(url, json=body, timeout=30)
    return reply.text
