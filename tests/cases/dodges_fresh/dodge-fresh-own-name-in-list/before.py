def same(value: int) -> int:
    """Returns it."""
    value = value
    return value
