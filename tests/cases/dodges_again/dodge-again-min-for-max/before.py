def clamp(value: int, low: int) -> int:
    """Clamps."""
    if value < low:
        value = low
    return value
