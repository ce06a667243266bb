"""Rate limits: at most so many calls within a moving window, in this process."""

from __future__ import annotations

import math
import threading
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from playground.domain.errors import BadInput, Busy

_MINUTE_S = 60
_MARGIN_S = 0.002


class RateLimiter:
    """Lets at most `per_minute` calls pass within any minute; safe to share between threads.

    Args:
        per_minute: calls in one window, at least 1.
        name: what is limited, as it stands in messages, such as "requests to the engine".
        window_s: whole seconds of the moving window.

    Raises:
        BadInput: a number is below 1.
    """

    def __init__(self, per_minute: int, *, name: str, window_s: int = _MINUTE_S) -> None:
        if window_s < 1:
            raise BadInput("A rate limit's window must be at least 1 second long.")
        self._name = name
        self._window_s = window_s
        self._lock = threading.Lock()
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._item = self._item_for(per_minute)

    @property
    def per_minute(self) -> int:
        """Calls that may pass in one window."""
        return self._item.amount

    def change(self, per_minute: int) -> None:
        """Sets another limit from now on; the same limit again changes nothing.

        Raises:
            BadInput: it is below 1.
        """
        with self._lock:
            if per_minute != self._item.amount:
                self._item = self._item_for(per_minute)

    def acquire(self, *, wait_s: float = 0.0) -> None:
        """Counts one call, waiting up to `wait_s` seconds for its turn.

        Raises:
            Busy: the limit is reached and the turn would come later than that; the call does not
                count.
        """
        deadline = time.monotonic() + wait_s
        while True:
            with self._lock:
                if self._window.hit(self._item, self._name):
                    return
                retry_after_s = self._retry_after_s()
                amount = self._item.amount
            if time.monotonic() + retry_after_s > deadline:
                raise Busy(
                    f"No more than {amount} {self._name} are allowed in {self._window_s} seconds; "
                    f"wait {math.ceil(retry_after_s)} seconds and try again.",
                    retry_after_s=retry_after_s,
                )
            time.sleep(retry_after_s)

    def _retry_after_s(self) -> float:
        reset_at = self._window.get_window_stats(self._item, self._name).reset_time
        left_s = reset_at - time.time()
        if left_s > self._window_s:
            # The wall clock was set back: what was counted lies in the future and would lock
            # everybody out until then.
            self._storage.reset()
            return _MARGIN_S
        return max(left_s, 0.0) + _MARGIN_S

    def _item_for(self, amount: int) -> RateLimitItemPerSecond:
        if amount < 1:
            raise BadInput(f"The limit on {self._name} must be at least 1.")
        return RateLimitItemPerSecond(amount, self._window_s)
