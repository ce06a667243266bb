def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except ValueError as error:
        raise KeyError(text) from error
