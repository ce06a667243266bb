"""Which workers have given no sign of life for too long, on a clock that nobody can set."""

from __future__ import annotations

import time
from collections.abc import Callable

from playground.campaigns.state import Campaign


class Silence:
    """Times how long each worker has been silent since the last look that saw a new sign of it.

    The times in events are of clocks that may be hours apart, or be set while a run goes on, so
    they are never compared. Whoever looks for the first time waits for a whole lease.

    Args:
        steady: seconds since any moment, never going back.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._heard: dict[str, tuple[int, float]] = {}

    def of(self, campaign: Campaign) -> frozenset[str]:
        """Returns the workers whose claims have lapsed."""
        now = self._steady()
        lapsed: list[str] = []
        for worker, sign in campaign.signs.items():
            number, since = self._heard.get(worker, (-1, now))
            if number != sign.number:
                self._heard[worker] = sign.number, now
            elif now - since >= sign.lease_s:
                lapsed.append(worker)
        return frozenset(lapsed)
