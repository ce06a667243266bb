def clamp(value: int, low: int) -> int:
    """Clamps."""
    value = max(value, low)
    return value
