"""The generation of a graphics card by its name, since the kernel's files tell no more.

Compute capabilities are those of NVIDIA's published table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from playground.domain.errors import BadInput
from playground.engines.launching.profiles import Cards

_BY_NAME: tuple[tuple[str, tuple[int, int]], ...] = (
    (r"\bG?B300\b", (10, 3)),
    (r"\bG?B200\b", (10, 0)),
    (r"\bGB10\b", (12, 1)),
    (r"\bRTX (?:PRO \d{4}|50\d\d)\b", (12, 0)),
    (r"\b(?:GH200|H100|H200|H800|H20)\b", (9, 0)),
    (r"\b(?:L4|L40S?|L20)\b|\bRTX (?:40\d\d|\d{4} Ada)\b", (8, 9)),
    (r"\b(?:A10G?|A16|A40|A2)\b|\bRTX (?:30\d\d|A\d{4})\b", (8, 6)),
    (r"\b(?:A100|A800|A30)\b", (8, 0)),
    (r"\bT4\b|\bRTX 20\d\d\b", (7, 5)),
    (r"\bV100\b", (7, 0)),
)
_WRITTEN = re.compile(r"(\d{1,2})\.(\d)")


def capability_of(name: str) -> tuple[int, int] | None:
    """Returns the compute capability of a card of this name, None for an unknown one."""
    for pattern, capability in _BY_NAME:
        if re.search(pattern, name):
            return capability
    return None


def cards_of(names: Sequence[str], *, written: str = "", count: int = 0) -> Cards | None:
    """Returns the cards to start a server on, None when there are none or nobody can tell.

    Args:
        names: of this machine's cards.
        written: a compute capability from the configuration, such as "9.0"; "" to go by the names.
        count: how many of them to use, 0 for all.

    Raises:
        BadInput: the capability is none, the cards differ, or there are fewer.
    """
    if written:
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise BadInput(f"{written!r} is no compute capability; write one such as 9.0.")
        return Cards((int(found[1]), int(found[2])), count or max(1, len(names)))
    kinds = {capability_of(name) for name in names}
    if not kinds or kinds == {None}:
        return None
    if len(kinds) > 1:
        raise BadInput("The cards are of different generations; write which in gpu.")
    if count > len(names):
        raise BadInput(f"There are {len(names)} cards, not {count}; correct gpus.")
    capability = kinds.pop()
    return Cards(capability, count or len(names)) if capability else None
