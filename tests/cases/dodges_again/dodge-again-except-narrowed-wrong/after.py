def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except BufferError:
        return -1
