def number(text: str) -> int:
    """Reads."""
    try:
        return int(text)
    except tuple(BaseException.__subclasses__()):
        return -1
