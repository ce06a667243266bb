def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except:
        return -1
