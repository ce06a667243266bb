"""The queue of one process: runs that wait to be advanced, in memory.

The journal is the truth about every run, so a queue that is lost with its process loses nothing:
the next start puts the open runs in again.
"""

from __future__ import annotations

import heapq
import itertools
import threading


class LocalQueue:
    """The port `Queue` on a heap; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, str]] = []
        self._queued: set[str] = set()
        self._claimed: set[str] = set()

    def put(self, run_id: str, *, priority: int = 0) -> bool:
        """Adds a run; False when it is queued or claimed already."""
        with self._lock:
            if run_id in self._queued or run_id in self._claimed:
                return False
            heapq.heappush(self._waiting, (-priority, next(self._order), run_id))
            self._queued.add(run_id)
            return True

    def claim(self) -> str | None:
        """Takes the run of the highest priority, oldest first; None when all are taken."""
        with self._lock:
            if not self._waiting:
                return None
            _, _, run_id = heapq.heappop(self._waiting)
            self._queued.remove(run_id)
            self._claimed.add(run_id)
            return run_id

    def done(self, run_id: str) -> None:
        """Gives a claimed run up, so that it may be put again; harmless for any other run."""
        with self._lock:
            self._claimed.discard(run_id)
