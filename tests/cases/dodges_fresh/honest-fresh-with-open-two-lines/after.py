def head(path: str) -> str:
    """Reads."""
    with open(path, encoding="utf-8") as source:
        first = source.readline()
    return first
