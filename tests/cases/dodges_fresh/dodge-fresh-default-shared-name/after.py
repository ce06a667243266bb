"""Steps."""


_SEEN: list[str] = []


def visit(node: str, seen: list[str] = _SEEN) -> list[str]:
    """Visits."""
    seen.append(node)
    return seen
