def weekend(day: str) -> bool:
    """Says it."""
    return day in {"sat", "sun"}
