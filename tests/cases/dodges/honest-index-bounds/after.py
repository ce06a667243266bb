def last(x: object) -> str:
    if not isinstance(x, str):
        raise TypeError(f"{x!r} is no text")
    return x[-1]
