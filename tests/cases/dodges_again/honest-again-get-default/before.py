def pick(table: dict[str, int], key: str) -> int:
    """Picks."""
    if key in table:
        value = table[key]
    else:
        value = 7
    return value
