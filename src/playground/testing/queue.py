"""A queue in memory that forgets, doubles and delays as a real one may."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from playground.domain.errors import StorageUnavailable
from playground.domain.queues import Look, Order, Setback


@dataclass(slots=True)
class _Job:
    order: Order
    worker: str = ""
    seen_at: float = 0.0
    open: bool = True
    setback: Setback | None = None


class MemoryQueue:
    """The port `RunQueue`, and what a worker sees of it; safe to share between threads.

    It outlives `close`, so that a test can treat it as the database that survives a crash.

    Attributes:
        gone: while it is set, nothing can be reached.

    Args:
        silent_max_s: an order whose worker was not seen for so long is handed out again.
        now: the queue's own clock, seconds.
    """

    def __init__(
        self, *, silent_max_s: float = 30.0, now: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.gone = False
        self._silent_max_s = silent_max_s
        self._now = now
        self._lock = threading.RLock()
        self._jobs: dict[int, _Job] = {}

    def put(self, order: Order) -> int:
        """Gives an order; of a run with an open order, returns that one's number."""
        with self._reached():
            for number, job in self._jobs.items():
                if job.open and job.order.run_id == order.run_id:
                    return number
            self._jobs[len(self._jobs) + 1] = _Job(order)
            return len(self._jobs)

    def withdraw(self, numbers: Collection[int]) -> None:
        """Takes orders back."""
        with self._reached():
            for number in numbers:
                self._jobs[number].open = False

    def look(self, numbers: Collection[int]) -> Mapping[int, Look]:
        """Returns how these orders stand."""
        with self._reached():
            known = {n: self._jobs[n] for n in numbers if n in self._jobs}
            return {n: Look(j.open, bool(j.worker), j.setback) for n, j in known.items()}

    def close(self) -> None:
        """Does nothing."""

    # ── the workers' side ────────────────────────────────────────────────────────────────────

    def take(
        self, worker: str, *, pick: Callable[[int], int] = lambda _count: 0
    ) -> tuple[int, Order] | None:
        """Hands an order out, None when there is none.

        Args:
            worker: who takes it.
            pick: given how many there are, says which one, counted from the first of the highest
                priority.
        """
        with self._reached():
            free = [(n, job) for n, job in self._jobs.items() if job.open and self._is_free(job)]
            if not free:
                return None
            free.sort(key=lambda pair: (-pair[1].order.priority, pair[0]))
            number, job = free[pick(len(free))]
            job.worker, job.seen_at = worker, self._now()
            return number, job.order

    def beat(self, numbers: Collection[int]) -> None:
        """Shows that whoever has these orders lives."""
        with self._reached():
            for number in numbers:
                self._jobs[number].seen_at = self._now()

    def is_open(self, number: int) -> bool:
        """Whether the order was not taken back."""
        with self._reached():
            return self._jobs[number].open

    def done(self, number: int, *, setback: Setback | None = None) -> None:
        """Closes an order."""
        with self._reached():
            job = self._jobs[number]
            if job.open:
                job.open, job.setback = False, setback

    def give_back(self, number: int) -> None:
        """Lets another worker have the order."""
        with self._reached():
            self._jobs[number].worker = ""

    def double(self) -> None:
        """Hands out anew what somebody is still working on."""
        with self._lock:
            for job in self._jobs.values():
                job.worker = ""

    def lose(self) -> None:
        """Forgets every open order."""
        with self._lock:
            for job in self._jobs.values():
                job.open = False

    def _is_free(self, job: _Job) -> bool:
        return not job.worker or self._now() - job.seen_at > self._silent_max_s

    def _reached(self) -> threading.RLock:
        if self.gone:
            raise StorageUnavailable("The queue cannot be reached; start the database.")
        return self._lock
