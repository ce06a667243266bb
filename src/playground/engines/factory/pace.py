"""The pace of calls within a minute.

Times are the monotonic clock's: setting the wall clock back or on lets nobody in early and keeps
nobody out.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from playground.domain.errors import BudgetSpent
from playground.domain.limits import Limits

_WINDOW_S = 60.0
_POLL_S = 0.05

Clock = Callable[[], float]


class Pace:
    """Requests and tokens per minute of one engine; safe to share between threads.

    Args:
        name: of the engine, for messages.
        limits: of which the two per minute count here.
        shared: calls per minute of all engines together.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        limits: Limits,
        shared: SharedPace | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._name = name
        self._limits = limits
        self._shared = shared
        self._lock = threading.Lock()
        self._requests = _Window(clock)
        self._tokens = _Window(clock)

    def wait_s(self, tokens: int) -> float:
        """Counts one call of up to so many tokens, or says how long to wait.

        Returns:
            0.0 when the call was counted and may be made, else seconds after which to ask again.

        Raises:
            BudgetSpent: no minute has room for so many tokens.
        """
        most, calls = self._limits.tokens_per_minute, self._limits.requests_per_minute
        if most is not None and tokens > most:
            raise BudgetSpent(
                f"One call of {self._name} may take {tokens} tokens and {most} are allowed in a "
                f"minute; raise model.engines.{self._name}.limits.tokens_per_minute.",
                retry_after_s=_WINDOW_S,
            )
        with self._lock:
            wait_s = max(
                self._requests.wait_s(1, most=calls), self._tokens.wait_s(tokens, most=most)
            )
            if wait_s == 0 and self._shared is not None:
                wait_s = self._shared.wait_s()
            if wait_s == 0:
                self._requests.count(1)
                self._tokens.count(tokens)
            return wait_s

    def left(self) -> list[str]:
        """Returns what is left in this minute, one phrase for each limit."""
        with self._lock:
            return [
                f"{max(0, most - window.used()):,} of {most:,} {what} in this minute"
                for most, window, what in (
                    (self._limits.requests_per_minute, self._requests, "requests"),
                    (self._limits.tokens_per_minute, self._tokens, "tokens"),
                )
                if most is not None
            ]


class SharedPace:
    """Calls per minute of all engines together; the limit may change while it is used.

    Args:
        per_minute: asked before each call.
        clock: monotonic seconds.
    """

    def __init__(self, per_minute: Callable[[], int], *, clock: Clock = time.monotonic) -> None:
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._calls = _Window(clock)

    def wait_s(self) -> float:
        """Counts one call and returns 0.0, or returns the seconds after which to ask again."""
        with self._lock:
            wait_s = self._calls.wait_s(1, most=self._per_minute())
            if wait_s == 0:
                self._calls.count(1)
            return wait_s


class _Window:
    """Amounts that were counted within the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counted: deque[tuple[float, int]] = deque()
        self._used = 0

    def used(self) -> int:
        """Returns what was counted within the last minute."""
        old = self._clock() - _WINDOW_S
        while self._counted and self._counted[0][0] <= old:
            self._used -= self._counted.popleft()[1]
        return self._used

    def wait_s(self, amount: int, *, most: int | None) -> float:
        """Returns the seconds until there is room for an amount, 0.0 when there is now."""
        if most is None:
            return 0.0
        over = self.used() + amount - most
        for at, counted in self._counted:
            if over <= 0:
                break
            over -= counted
            if over <= 0:
                return max(at + _WINDOW_S - self._clock(), _POLL_S)
        return 0.0 if over <= 0 else _WINDOW_S

    def count(self, amount: int) -> None:
        """Counts an amount."""
        self.used()
        self._counted.append((self._clock(), amount))
        self._used += amount
