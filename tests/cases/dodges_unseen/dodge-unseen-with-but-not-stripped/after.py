def token(path: str) -> str:
    with open(path, encoding="utf-8") as handle:
        text = handle.read()
    return text
