def size(text: str) -> int:
    """Measures."""
    return text.length
