"""Waiting for what other threads, processes and machines do."""

from __future__ import annotations

import time
from collections.abc import Callable

WITHIN_S = 240.0


def until(true: Callable[[], bool], *, within_s: float = WITHIN_S) -> None:
    """Waits until something holds.

    Raises:
        AssertionError: it does not for too long.
    """
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)
