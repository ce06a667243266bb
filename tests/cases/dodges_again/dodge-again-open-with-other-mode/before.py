def save(path: str, text: str) -> None:
    """Appends."""
    target = open(path, "a", encoding="utf-8")
    target.write(text)
    target.close()
