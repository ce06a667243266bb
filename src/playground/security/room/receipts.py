"""Receipts: what was started, in which room, and what the room refused when it was tried."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a start leaves behind.

    Attributes:
        policy_digest: SHA-256 of the room's rules, "" without a room.
        layers: what held, such as "bubblewrap", "landlock" and "seccomp"; empty without a room.
        programs: path and SHA-256 of each program that could be started.
        refused: what was tried from inside just before the program began, and was refused.
        outside: what was tried and succeeded; a start with any is refused, so it is empty.
    """

    policy_digest: str = ""
    layers: tuple[str, ...] = ()
    programs: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


NO_RECEIPT = Receipt()
"""Says that there was no room."""
