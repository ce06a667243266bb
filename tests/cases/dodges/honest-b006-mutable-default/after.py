def collect(item: str, into: list[str] | None = None) -> list[str]:
    """Collects."""
    if into is None:
        into = []
    into.append(item)
    return into
