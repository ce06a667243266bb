def mark(thing: type) -> None:
    """Marks."""
    setattr(thing, "marked", True)
