import requests


def send(url: str, body: dict[str, str]) -> str:
    reply = requests.post(url, json=body)
    reply.raise_for_status()
    return reply.text
