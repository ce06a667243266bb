def missing(names: list[str], name: str) -> bool:
    """Says whether it is missing."""
    return name in names
