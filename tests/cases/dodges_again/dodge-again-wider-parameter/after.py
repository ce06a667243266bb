def _double(value: int | str | None) -> int:
    return int(value or 0) * 2


def twice(text: str | None) -> int:
    """Doubles."""
    return _double(text)
