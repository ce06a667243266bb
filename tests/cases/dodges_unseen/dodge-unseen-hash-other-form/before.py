import hashlib


def key(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()[:16]
