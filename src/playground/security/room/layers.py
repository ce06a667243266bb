"""Which layers of a room this system offers."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from playground.security.room.launcher import kernel, landlock
from playground.security.room.plan import BUBBLEWRAP, LANDLOCK, SECCOMP

_BUBBLEWRAPS = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")


@dataclass(frozen=True, slots=True)
class Layers:
    """What is put around a program.

    Attributes:
        names: the layers that are used, outermost first.
        trouble: name and reason of each that is not.
    """

    names: tuple[str, ...]
    trouble: tuple[tuple[str, str], ...] = ()

    @property
    def hold(self) -> bool:
        """Whether they are enough to start a program: calls are filtered and files are shut."""
        return SECCOMP in self.names and bool({BUBBLEWRAP, LANDLOCK} & set(self.names))


def offered_by_the_kernel() -> Layers:
    """Returns the layers that need nothing but the kernel; asking changes nothing."""
    reasons = {
        LANDLOCK: "" if landlock.version() > 0 else "this kernel has none or has it switched off",
        SECCOMP: "" if kernel.has_seccomp() else "not known for this kernel and processor",
    }
    return Layers(
        tuple(name for name, reason in reasons.items() if not reason),
        tuple((name, reason) for name, reason in reasons.items() if reason),
    )


def bubblewrap_program() -> str:
    """Returns bubblewrap's path, "" when the system has none that only root can change."""
    for path in _BUBBLEWRAPS:
        try:
            status = Path(path).stat()
        except OSError:
            continue
        if status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return path
    return ""


def used(found: Layers, *, only: frozenset[str] | None) -> Layers:
    """Leaves out the layers that are not wanted."""
    if only is None:
        return found
    unwanted = tuple((name, "not wanted") for name in found.names if name not in only)
    return Layers(tuple(n for n in found.names if n in only), (*found.trouble, *unwanted))


def with_bubblewrap(found: Layers, *, trouble: str) -> Layers:
    """Adds bubblewrap around the others, or why it is not there."""
    if trouble:
        return Layers(found.names, (*found.trouble, (BUBBLEWRAP, trouble)))
    return Layers((BUBBLEWRAP, *found.names), found.trouble)
