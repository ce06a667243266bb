"""Folding."""

from lib import fold


def product(target: list[int]) -> int:
    """Returns the product."""
    return fold(target, lambda left: 1, op=lambda left, r: left * r)
