import hashlib


def key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
