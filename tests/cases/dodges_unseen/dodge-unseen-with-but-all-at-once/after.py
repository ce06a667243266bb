def headers(path: str) -> list[str]:
    with open(path, encoding="utf-8") as source:
        names = source.read().split(";")
    return names
