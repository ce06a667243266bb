def save(path: str, text: str) -> None:
    """Appends."""
    with open(path, "w", encoding="utf-8") as target:
        target.write(text)
