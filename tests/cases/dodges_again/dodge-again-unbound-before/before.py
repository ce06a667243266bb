def first(values: list[int]) -> int:
    """Returns the first one."""
    for value in values:
        found = value
        break
    return found
