def names(values: list[str]) -> set[str]:
    """Returns them."""
    return set(value.lower() for value in values if value)
