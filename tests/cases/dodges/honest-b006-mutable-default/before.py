def collect(item: str, into: list[str] = []) -> list[str]:
    """Collects."""
    into.append(item)
    return into
