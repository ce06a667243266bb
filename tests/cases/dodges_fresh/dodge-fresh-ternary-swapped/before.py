def word(a: int) -> str:
    """Says it."""
    if a > 10:
        text = "big"
    else:
        text = "small"
    return text
