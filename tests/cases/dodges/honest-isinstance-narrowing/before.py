def size(x: str | int) -> int:
    return x.bit_length()
