"""A circuit breaker: an engine that keeps failing is left alone for a while.

The usual three states (Nygard, "Release It!"). The libraries looked at (pybreaker 1.4.1,
circuitbreaker 2.1.3) hold a lock for as long as a call takes, which would put answers that are
drawn side by side behind each other, or have no lock at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.domain.standings import BreakerState

FAILURES_MAX = 3
REST_S = 30.0


@dataclass(frozen=True, slots=True)
class Pass:
    """Whether a call may be made.

    Attributes:
        wait_s: 0.0 when it may, else the seconds until the next one may.
        trial: whether it is the one that finds out whether the engine is back.
    """

    wait_s: float = 0.0
    trial: bool = False


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
        self._changed = threading.Condition()
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_runs = False
        self._reason = ""

    @property
    def state(self) -> BreakerState:
        """Whether calls are let through now."""
        with self._changed:
            return self._state()

    @property
    def reason(self) -> str:
        """Why the newest failure failed, "" after a success."""
        return self._reason

    def enter(self, *, patience_s: float = 0.0) -> Pass:
        """Asks for one call; each that is let through must end in one of the three below.

        Args:
            patience_s: seconds that the call may wait while another one finds out whether the
                engine is back.
        """
        deadline = time.monotonic() + patience_s
        with self._changed:
            while self._state() is BreakerState.HALF_OPEN and self._trial_runs:
                if (left_s := deadline - time.monotonic()) <= 0:
                    return Pass(wait_s=1.0)
                self._changed.wait(left_s)
            state = self._state()
            if state is BreakerState.OPEN:
                return Pass(wait_s=max(self._left_s(), 1.0))
            self._trial_runs = trial = state is BreakerState.HALF_OPEN
            return Pass(trial=trial)

    def rest_s(self) -> float:
        """Returns the seconds until an open breaker lets one call through, 0.0 when it does."""
        with self._changed:
            return max(self._left_s(), 0.0) if self._state() is BreakerState.OPEN else 0.0

    def succeeded(self) -> None:
        """Says that a call was answered, whichever it was."""
        with self._changed:
            self._failures, self._opened_at, self._reason = 0, None, ""
            self._trial_runs = False
            self._changed.notify_all()

    def failed(self, reason: str, *, trial: bool = False) -> None:
        """Says that the engine did not answer.

        Args:
            reason: why.
            trial: whether this was the call that was to find out; the failure of an older one
                leaves that to it.
        """
        with self._changed:
            half_open = self._state() is BreakerState.HALF_OPEN
            self._failures += 1
            self._reason = reason
            again = half_open and (trial or not self._trial_runs)
            if again or (self._opened_at is None and self._failures >= self._failures_max):
                self._opened_at = self._clock()
            self._end_trial(trial=trial)

    def abandoned(self, *, trial: bool = False) -> None:
        """Says that a call ended without telling anything about the engine."""
        with self._changed:
            self._end_trial(trial=trial)

    def _end_trial(self, *, trial: bool) -> None:
        if trial:
            self._trial_runs = False
            self._changed.notify_all()

    def _state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._left_s() > 0 else BreakerState.HALF_OPEN

    def _left_s(self) -> float:
        if self._opened_at is None:
            return 0.0
        return self._opened_at + self._rest_s - self._clock()
