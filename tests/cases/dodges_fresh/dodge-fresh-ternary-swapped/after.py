def word(a: int) -> str:
    """Says it."""
    text = "small" if a > 10 else "big"
    return text
