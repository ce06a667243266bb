def clamp(value: int, low: int) -> int:
    """Clamps."""
    value = min(value, low)
    return value
