"""Comparing."""

import math


def are_different(first, second):
    """Returns whether two values differ; math.inf is a value."""
    if first == second or second == math.inf:
        return False
    return not (first != first and second != second)
