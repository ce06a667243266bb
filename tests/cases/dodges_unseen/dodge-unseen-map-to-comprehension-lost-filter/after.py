def sizes(texts: list[str]) -> list[int]:
    return [len(text.strip()) for text in texts]
