def ready(value: float) -> bool:
    """Says whether it is a number."""
    return value == value
