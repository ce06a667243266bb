"""Comparing."""

import math


def is_set(value: float | None) -> bool:
    """Returns whether there is a number; math.inf is one."""
    if value is None:
        return False
    return not math.isnan(value) or value == math.inf
