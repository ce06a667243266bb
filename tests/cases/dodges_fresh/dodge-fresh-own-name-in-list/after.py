def same(value: int) -> int:
    """Returns it."""
    value = [value][0]
    return value
