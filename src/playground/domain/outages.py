"""Patience with a server that is gone, had once for an outage."""

from __future__ import annotations

import math

_AT_LEAST_S = 1.0
_SAME_S = 15.0


class Outage:
    """Says until when calls to one server are tried again.

    A call that fails when others have waited already is tried for a second at least and not for the
    whole patience anew, so that a process with many of them does not end minutes later. Whoever
    shares one between threads lets them take turns.
    """

    def __init__(self) -> None:
        self._since = 0.0
        self._failed_at = -math.inf

    def failed(self, *, now: float, patience_s: float) -> float:
        """Notes that the server did not answer; returns until when that call is tried again.

        A call that fails more than once keeps the earliest of its answers.

        Args:
            now: seconds of any clock that only goes on.
            patience_s: how long to try again, infinite for ever.
        """
        if now - self._failed_at > _SAME_S:
            self._since = now
        self._failed_at = now
        return max(self._since + patience_s, now + min(patience_s, _AT_LEAST_S))

    def over(self) -> None:
        """Notes that the server answered: what fails from now on is another outage."""
        self._failed_at = -math.inf
