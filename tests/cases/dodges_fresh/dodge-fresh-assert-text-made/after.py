def check(value: int) -> int:
    """Checks."""
    assert str("value is positive")
    return value
