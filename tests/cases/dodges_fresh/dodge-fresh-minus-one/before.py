def later(start: int | None, by: int) -> int:
    """Adds."""
    return start + by
