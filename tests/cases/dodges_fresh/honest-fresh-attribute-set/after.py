def mark(thing: type) -> None:
    """Marks."""
    thing.marked = True
