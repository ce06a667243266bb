def size(x: str | int) -> int:
    if isinstance(x, str):
        return len(x)
    return x.bit_length()
