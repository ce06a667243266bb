def sizes(texts: list[str]) -> list[int]:
    return list(map(lambda text: len(text.strip()), filter(None, texts)))
