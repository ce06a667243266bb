"""Who listens at a port of this machine, so that no other person's program is taken for our server.

A server opens its port when its model is loaded, minutes after the port was chosen and was to be
read in the list of processes. Linux only.
"""

from __future__ import annotations

import os
from pathlib import Path

_TABLE = Path("/proc/net/tcp")
_LISTENING = "0A"
_HERE = frozenset({"0100007F", "7F000001", "00000000"})
"""127.0.0.1, in either order of its bytes, and every address."""
_ROOT = 0


def is_foreign(port: int, *, table: Path = _TABLE) -> bool:
    """Whether somebody else than this user or root, as a container's proxy, listens at the port.

    Args:
        port: of this machine.
        table: the kernel's list of sockets; one that cannot be read tells of nobody.
    """
    try:
        lines = table.read_text("ascii", "replace").splitlines()[1:]
    except OSError:
        return False
    owners: set[int] = set()
    for row in (line.split() for line in lines):
        if len(row) > 7 and row[3] == _LISTENING and row[7].isdecimal():
            address, _, number = row[1].partition(":")
            if address in _HERE and number == f"{port:04X}":
                owners.add(int(row[7]))
    return bool(owners - {os.getuid(), _ROOT})
