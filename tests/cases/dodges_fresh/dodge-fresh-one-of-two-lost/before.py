def weekend(day: str) -> bool:
    """Says it."""
    return day == "sat" or day == "sun" or day == "hol"
