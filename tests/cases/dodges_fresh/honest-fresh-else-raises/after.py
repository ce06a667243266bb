def word(kind: str) -> str:
    """Says it."""
    if kind == "a":
        text = "first"
    elif kind == "b":
        text = "second"
    else:
        raise ValueError(kind)
    return text
