def check(value: int) -> int:
    """Checks."""
    assert "value is positive"
    return value
