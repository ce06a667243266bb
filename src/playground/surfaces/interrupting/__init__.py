"""Ctrl-C: the first one stops the work in order, the second one ends the process at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def watched_interrupts() -> Generator[None, None, None]:
    """Watches Ctrl-C until the block ends; does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    rearm_interrupts()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def rearm_interrupts() -> None:
    """Makes the next Ctrl-C raise KeyboardInterrupt and the one after it end the process."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _first)


def _first(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt
