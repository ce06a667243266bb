"""Signals: the first Ctrl-C stops the work in order, the second one ends the process at once.

Being told to end, or losing the terminal, ends in order too, so that helpers are closed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def watched_interrupts() -> Generator[None, None, None]:
    """Watches signals until the block ends; does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_ENDINGS)}
    rearm_interrupts()
    for number in _ENDINGS:
        signal.signal(number, _ended)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def rearm_interrupts() -> None:
    """Makes the next Ctrl-C raise KeyboardInterrupt and the one after it end the process."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _first)


def _first(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def _ended(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(128 + number)
