"""Threads that start a process and stay with it.

Linux sends the signal of a parent's death when the starting *thread* ends, and the thread of
whoever wants the process may be a short one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO, Protocol, TypeVar

from playground.domain.errors import Unavailable

_LINE_BYTES_MAX = 65_536


class _Process(Protocol):
    """A process as far as it is listened to."""

    @property
    def stdout(self) -> IO[bytes] | None: ...


P = TypeVar("P", bound=_Process)


def kept(
    start: Callable[[], P], *, heard: Callable[[bytes], None], stay: Callable[[P], object]
) -> P:
    """Starts a process from a thread of its own and returns it.

    Args:
        start: starts it; called once, by the new thread.
        heard: gets each line of its standard output, and nothing at its end.
        stay: returns when the process has ended.

    Raises:
        Unavailable: the system could not start a process.
    """
    started: SimpleQueue[P | OSError] = SimpleQueue()

    def keep() -> None:
        try:
            process = start()
        except OSError as error:
            started.put(error)
            return
        started.put(process)
        if process.stdout is not None:
            with process.stdout:
                while line := process.stdout.readline(_LINE_BYTES_MAX):
                    heard(line)
        heard(b"")
        stay(process)

    threading.Thread(target=keep, name="process-keeper", daemon=True).start()
    process = started.get()
    if isinstance(process, OSError):
        raise Unavailable(
            f"No process could be started ({process.strerror}); free memory or processes."
        ) from process
    return process
