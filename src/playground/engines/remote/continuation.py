"""Continuing a begun answer on servers that can only answer anew."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"`{3,}")


def continued(text: str, *, begun: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Returns what follows the begun answer in a whole one, cut at the first stop text.

    A server that does not continue a last message of the assistant repeats its beginning, often
    after a sentence of politeness. When the beginning is not there at all the text stays whole.

    Returns:
        The continuation, and whether a stop text ended it.
    """
    rest = _after(text, begun)
    ends = [place for place in (rest.find(end) for end in stop) if place >= 0]
    return (rest[: min(ends)], True) if ends else (rest, False)


def _after(text: str, begun: str) -> str:
    place = text.find(begun)
    if begun.strip() and place >= 0:
        return text[place + len(begun) :]
    fence = _FENCE.match(begun.lstrip())
    if fence is not None:
        opening = re.search(rf"^{fence[0]}[^`\n]*\n", text, re.MULTILINE)
        if opening is not None:
            return text[opening.end() :]
    return text
