"""Continuing a begun answer on servers that can only answer anew."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"`{3,}")


class Continuation:
    """Cuts what follows a begun answer out of a whole one, piece by piece.

    A server that does not continue a last message of the assistant repeats its beginning, often
    after a sentence of politeness. Nothing is given out before the beginning was seen; when it
    never comes, all is given out at the end.

    Attributes:
        text: what was given out.
        stopped: whether a stop text ended it; nothing follows.

    Args:
        begun: the beginning.
        stop: texts that end the answer and are no part of it.
    """

    def __init__(self, begun: str, *, stop: Sequence[str]) -> None:
        self.text = ""
        self.stopped = False
        self._begun, self._stop = begun, tuple(stop)
        self._said = ""

    def take(self, piece: str) -> str:
        """Takes a piece of the server's answer and returns what may be given out now."""
        self._said += piece
        start = self._start()
        return "" if start is None or self.stopped else self._given(self._said[start:], held=True)

    def end(self) -> str:
        """Returns what was held back."""
        if self.stopped:
            return ""
        return self._given(self._said[self._start() or 0 :], held=False)

    def _given(self, rest: str, *, held: bool) -> str:
        """Returns what is new in the continuation, up to what ends it or may end it."""
        found = [(rest.find(end), end) for end in self._stop]
        # the one that is whole first, as for whoever reads along
        ends = [(place + len(end), place) for place, end in found if place >= 0]
        self.stopped = bool(ends)
        until = min(ends)[1] if ends else len(rest) - (self._doubtful(rest) if held else 0)
        new = rest[len(self.text) : until]
        self.text += new
        return new

    def _doubtful(self, rest: str) -> int:
        """Returns how many of the last characters may be the beginning of a stop text."""
        longest = max((len(end) - 1 for end in self._stop), default=0)
        for size in range(min(longest, len(rest)), 0, -1):
            if any(end.startswith(rest[-size:]) for end in self._stop):
                return size
        return 0

    def _start(self) -> int | None:
        """Returns where the continuation starts in what was said, None as long as it does not."""
        place = self._said.find(self._begun)
        if self._begun.strip() and place >= 0:
            return place + len(self._begun)
        fence = _FENCE.match(self._begun.lstrip())
        if fence is not None:
            opening = re.search(rf"^{fence[0]}[^`\n]*\n", self._said, re.MULTILINE)
            if opening is not None:
                return opening.end()
        return None


def continued(text: str, *, begun: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Returns what follows the begun answer in a whole one, cut at the first stop text.

    Returns:
        The continuation, and whether a stop text ended it.
    """
    continuation = Continuation(begun, stop=stop)
    continuation.take(text)
    continuation.end()
    return continuation.text, continuation.stopped
