def first(values: dict[str, int]) -> str:
    """Returns the first key."""
    return next(reversed(values))
