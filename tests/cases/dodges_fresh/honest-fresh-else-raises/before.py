def word(kind: str) -> str:
    """Says it."""
    if kind == "a":
        text = "first"
    elif kind == "b":
        text = "second"
    return text
