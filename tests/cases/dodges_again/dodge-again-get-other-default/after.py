def pick(table: dict[str, int], key: str) -> int:
    """Picks."""
    value = table.get(key, 0)
    return value
