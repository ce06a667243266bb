def check(a: int, b: int) -> None:
    """Checks."""
    if a > 1 or b > 2:
        print(a, b)
