def sign(value: int):
    """Returns the sign."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    return NotImplemented
