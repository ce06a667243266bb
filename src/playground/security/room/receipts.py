"""Receipts: what was started, in which room, and what the room refused when it was tried."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a start leaves behind.

    What the room's rules do not name cannot be opened: the kernel refuses it at the call, and
    nothing in between could overlook it. So there is no list of opened files to search through;
    `refused` shows that the kernel did refuse, in the very process that became the program.

    Attributes:
        policy_digest: SHA-256 of the room's rules, "" without a room.
        layers: what held, such as "bubblewrap", "landlock" and "seccomp"; empty without a room.
        programs: path and SHA-256 of each program that was started, and of the code it reads.
        refused: what was tried from inside just before the program began, and was refused.
        outside: what was tried and succeeded; a start with any is refused, so it is empty.
    """

    policy_digest: str = ""
    layers: tuple[str, ...] = ()
    programs: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, "" without a room; equal starts have equal digests."""
        if not self.layers:
            return ""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


NO_RECEIPT = Receipt()
"""Says that there was no room."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the launcher wrote.

    Attributes:
        refused: trials that failed as they must.
        outside: trials that did not.
        failed: why the room could not be shut or the program not be started, "" if they were.
        whole: whether the report was written to its end.
    """

    refused: tuple[str, ...]
    outside: tuple[str, ...]
    failed: str
    whole: bool

    @property
    def holds(self) -> bool:
        """Whether the room was shut and everything that was tried was refused."""
        return self.whole and not self.failed and not self.outside and bool(self.refused)


def report_of(data: bytes) -> Report:
    """Reads what came through the launcher's descriptor."""
    lines = [line.partition("\t") for line in data.decode("utf-8", "replace").splitlines()]
    found = {
        kind: tuple(text for name, _, text in lines if name == kind)
        for kind in ("refused", "outside", "failed", "ready")
    }
    failed = "; ".join(found["failed"])
    return Report(found["refused"], found["outside"], failed, whole=bool(found["ready"]))
