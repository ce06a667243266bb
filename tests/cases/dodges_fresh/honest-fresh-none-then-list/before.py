def visit(node: str, seen: list[str] = []) -> list[str]:
    """Visits."""
    seen.append(node)
    return seen
