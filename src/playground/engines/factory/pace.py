"""The pace of calls within a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from playground.domain.errors import BudgetSpent
from playground.domain.limits import Limits

_WINDOW_S = 60
_POLL_S = 0.05


class Pace:
    """Requests and tokens per minute of one engine; safe to share between threads.

    Args:
        name: of the engine, for messages.
        limits: of which the two per minute count here.
        shared: calls per minute of all engines together.
    """

    def __init__(self, name: str, *, limits: Limits, shared: SharedPace | None = None) -> None:
        self._name = name
        self._limits = limits
        self._shared = shared
        self._lock = threading.Lock()
        storage = MemoryStorage()
        self._requests = MovingWindowRateLimiter(storage)
        self._tokens = SlidingWindowCounterRateLimiter(storage)

    def wait_s(self, tokens: int) -> float:
        """Counts one call of up to so many tokens, or says how long to wait.

        Returns:
            0.0 when the call was counted and may be made, else seconds after which to ask again.

        Raises:
            BudgetSpent: no minute has room for so many tokens.
        """
        most = self._limits.tokens_per_minute
        if most is not None and tokens > most:
            raise BudgetSpent(
                f"One call of {self._name} may take {tokens} tokens and {most} are allowed in a "
                f"minute; raise model.engines.{self._name}.limits.tokens_per_minute.",
                retry_after_s=_WINDOW_S,
            )
        with self._lock:
            wait_s = max(self._wait_for_requests_s(), self._wait_for_tokens_s(tokens))
            if wait_s > 0:
                return wait_s
            if self._shared is not None and (wait_s := self._shared.wait_s()) > 0:
                return wait_s
            if self._limits.requests_per_minute is not None:
                self._requests.hit(_item(self._limits.requests_per_minute), "requests")
            if most is not None:
                self._tokens.hit(_item(most), "tokens", cost=tokens)
            return 0.0

    def left(self) -> list[str]:
        """Returns what is left in this minute, one phrase for each limit."""
        found: list[str] = []
        for amount, strategy, what in (
            (self._limits.requests_per_minute, self._requests, "requests"),
            (self._limits.tokens_per_minute, self._tokens, "tokens"),
        ):
            if amount is not None:
                left = strategy.get_window_stats(_item(amount), what).remaining
                found.append(f"{left:,} of {amount:,} {what} in this minute")
        return found

    def _wait_for_requests_s(self) -> float:
        amount = self._limits.requests_per_minute
        if amount is None or self._requests.test(_item(amount), "requests"):
            return 0.0
        stats = self._requests.get_window_stats(_item(amount), "requests")
        return _bounded(stats.reset_time - time.time())

    def _wait_for_tokens_s(self, tokens: int) -> float:
        amount = self._limits.tokens_per_minute
        if amount is None or self._tokens.test(_item(amount), "tokens", cost=tokens):
            return 0.0
        stats = self._tokens.get_window_stats(_item(amount), "tokens")
        return _bounded(stats.reset_time - time.time())


class SharedPace:
    """Calls per minute of all engines together; the limit may change while it is used.

    Args:
        per_minute: asked before each call.
    """

    def __init__(self, per_minute: Callable[[], int]) -> None:
        self._per_minute = per_minute
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(self) -> float:
        """Counts one call and returns 0.0, or returns the seconds after which to ask again."""
        item = _item(self._per_minute())
        if self._window.hit(item, "calls"):
            return 0.0
        return _bounded(self._window.get_window_stats(item, "calls").reset_time - time.time())


def _item(amount: int) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(amount, _WINDOW_S)


def _bounded(seconds: float) -> float:
    """Returns a wait that ends even if the wall clock was set back meanwhile."""
    return min(max(seconds, _POLL_S), float(_WINDOW_S))
