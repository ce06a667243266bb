def token(path: str) -> str:
    handle = open(path, encoding="utf-8")
    text = handle.read().strip()
    handle.close()
    return text
