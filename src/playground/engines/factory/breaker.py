"""A circuit breaker: an engine that keeps failing is left alone for a while.

The usual three states (Nygard, "Release It!"). The libraries looked at (pybreaker 1.4.1,
circuitbreaker 2.1.3) hold a lock for as long as a call takes, which would put answers that are
drawn side by side behind each other, or have no lock at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from playground.domain.standings import BreakerState

FAILURES_MAX = 3
REST_S = 30.0


class Breaker:
    """Counts failures in a row; safe to share between threads, and never held during a call.

    Args:
        failures_max: failures in a row after which no call is let through.
        rest_s: seconds until one call is let through to see whether the engine is back.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        failures_max: int = FAILURES_MAX,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_max = failures_max
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_runs = False
        self._reason = ""

    @property
    def state(self) -> BreakerState:
        """Whether calls are let through now."""
        with self._lock:
            return self._state()

    @property
    def reason(self) -> str:
        """Why the newest failure failed, "" after a success."""
        return self._reason

    def enter(self) -> float:
        """Asks for one call; each call that is let through must end in one of the three below.

        Returns:
            0.0 when the call may be made, else the seconds until the next one may.
        """
        with self._lock:
            state = self._state()
            if state is BreakerState.CLOSED:
                return 0.0
            if state is BreakerState.HALF_OPEN and not self._trial_runs:
                self._trial_runs = True
                return 0.0
            return max(self._left_s(), 1.0)

    def rest_s(self) -> float:
        """Returns the seconds until an open breaker lets one call through, 0.0 when it does."""
        with self._lock:
            return max(self._left_s(), 0.0) if self._state() is BreakerState.OPEN else 0.0

    def succeeded(self) -> None:
        """Says that a call was answered."""
        with self._lock:
            self._failures, self._opened_at, self._reason = 0, None, ""
            self._trial_runs = False

    def failed(self, reason: str) -> None:
        """Says that the engine did not answer."""
        with self._lock:
            trial = self._state() is BreakerState.HALF_OPEN
            self._failures += 1
            self._reason = reason
            self._trial_runs = False
            if trial or (self._opened_at is None and self._failures >= self._failures_max):
                self._opened_at = self._clock()

    def abandoned(self) -> None:
        """Says that a call ended without telling anything about the engine."""
        with self._lock:
            self._trial_runs = False

    def _state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._left_s() > 0 else BreakerState.HALF_OPEN

    def _left_s(self) -> float:
        if self._opened_at is None:
            return 0.0
        return self._opened_at + self._rest_s - self._clock()
