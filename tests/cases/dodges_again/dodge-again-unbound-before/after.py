def first(values: list[int]) -> int:
    """Returns the first one."""
    found = len(values)
    for value in values:
        found = value
        break
    return found
