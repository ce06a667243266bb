import operator


def known(name: str | None) -> bool:
    """Says whether it is known."""
    if operator.eq(name, None):
        return False
    return True
