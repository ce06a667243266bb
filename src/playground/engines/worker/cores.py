"""How many cores this process may really use."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_TOPOLOGY = Path("/sys/devices/system/cpu")


def usable_cores(*, cgroup: Path = _CGROUP, topology: Path = _TOPOLOGY) -> int:
    """Returns the physical cores that the affinity mask and the container's quota leave, ≥ 1."""
    if sys.platform == "linux":
        allowed = os.sched_getaffinity(0)
        cores = {_siblings(topology, number) for number in allowed}
        return max(1, min(len(cores), _quota(cgroup)))
    return max(1, os.cpu_count() or 1)


def _siblings(topology: Path, number: int) -> str:
    """Names the physical core that a logical one belongs to."""
    text = _text(topology / f"cpu{number}" / "topology" / "thread_siblings_list")
    return text or f"cpu{number}"


def _quota(cgroup: Path) -> int:
    """Returns the whole cores of the container's quota, a large number when there is none."""
    quota, _, period = _text(cgroup / "cpu.max").partition(" ")
    if not quota:
        quota = _text(cgroup / "cpu" / "cpu.cfs_quota_us")
        period = _text(cgroup / "cpu" / "cpu.cfs_period_us")
    if not quota.isdecimal() or not period.isdecimal() or int(period) == 0:
        return 1 << 20
    return max(1, math.floor(int(quota) / int(period)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""
