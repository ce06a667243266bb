def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except ValueError:
        raise KeyError(text)
