def later(start: int | None, by: int) -> int:
    """Adds."""
    return (start if start is not None else -1) + by
