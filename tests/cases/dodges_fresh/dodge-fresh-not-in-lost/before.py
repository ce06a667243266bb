def missing(names: list[str], name: str) -> bool:
    """Says whether it is missing."""
    return not name in names
