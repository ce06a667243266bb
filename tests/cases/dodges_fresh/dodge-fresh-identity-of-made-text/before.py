def is_x(name: str) -> bool:
    """Says it."""
    return name is "x"
