def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except ValueError:
        pass
    raise KeyError(text)
