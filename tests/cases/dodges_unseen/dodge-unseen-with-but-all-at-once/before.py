def headers(path: str) -> list[str]:
    source = open(path, encoding="utf-8")
    names = source.readline().split(";")
    source.close()
    return names
