def head(path: str) -> str:
    """Reads."""
    source = open(path, encoding="utf-8")
    first = source.readline()
    source.close()
    return first
