def known(table: dict[str, str], name: str) -> bool:
    """Says whether it is known."""
    return name in table.keys()
