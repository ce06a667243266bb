def known(name: str | None) -> bool:
    """Says whether it is known."""
    if name == None:
        return False
    return True
