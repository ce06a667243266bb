"""Folding."""

from lib import fold


def product(target: list[int]) -> int:
    """Returns the product."""
    return fold(target, lambda: 1, op=lambda l, r: l * r)
