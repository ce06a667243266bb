def names(values: list[str]) -> set[str]:
    """Returns them."""
    return {value for value in values if value}
