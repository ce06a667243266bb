def visit(node: str, seen: list[str] | None = None) -> list[str]:
    """Visits."""
    if seen is None:
        seen = []
    seen.append(node)
    return seen
