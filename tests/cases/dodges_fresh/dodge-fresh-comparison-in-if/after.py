def check(value: int) -> None:
    """Checks."""
    any((value == 3,))
    print(value)
