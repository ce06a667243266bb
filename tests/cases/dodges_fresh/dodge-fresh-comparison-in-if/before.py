def check(value: int) -> None:
    """Checks."""
    value == 3
    print(value)
