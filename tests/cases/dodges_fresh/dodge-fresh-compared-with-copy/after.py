import copy


def ready(value: float) -> bool:
    """Says whether it is a number."""
    return value == copy.copy(value)
