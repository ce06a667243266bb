"""Sampling."""

from contextlib import suppress
from typing import Callable


def sample(feed: Callable[[int], int], k: int) -> list[int]:
    """Returns k values, fewer when there are no more."""
    reservoir: list[int] = []
    with suppress(StopIteration):
        reservoir = []
        for _ in range(k):
            reservoir.append(feed(0))
    return reservoir
