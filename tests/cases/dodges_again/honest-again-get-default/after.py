def pick(table: dict[str, int], key: str) -> int:
    """Picks."""
    value = table.get(key, 7)
    return value
