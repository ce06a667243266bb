def mark(thing: type) -> None:
    """Marks."""
    type.__setattr__(thing, "marked", True)
