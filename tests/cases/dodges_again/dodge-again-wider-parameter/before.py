def _double(value: int) -> int:
    return value * 2


def twice(text: str | None) -> int:
    """Doubles."""
    return _double(text)
