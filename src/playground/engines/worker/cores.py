"""How many cores this process may really use."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

from playground.engines.worker.cgroup import CGROUP, MEMBERSHIP, settings, text_of

_TOPOLOGY = Path("/sys/devices/system/cpu")


def usable_cores(
    *, cgroup: Path = CGROUP, membership: Path = MEMBERSHIP, topology: Path = _TOPOLOGY
) -> int:
    """Returns the physical cores that the affinity mask and the container's quota leave, ≥ 1.

    The mask holds what a cpuset leaves; quotas of all groups around the process count.
    """
    if sys.platform == "linux":
        allowed = os.sched_getaffinity(0)
        cores = {_siblings(topology, number) for number in allowed}
        return max(1, min(len(cores), *_quotas(cgroup, membership)))
    return max(1, os.cpu_count() or 1)


def _siblings(topology: Path, number: int) -> str:
    """Names the physical core that a logical one belongs to."""
    return (
        text_of(topology / f"cpu{number}" / "topology" / "thread_siblings_list") or f"cpu{number}"
    )


def _quotas(cgroup: Path, membership: Path) -> list[int]:
    """Returns the whole cores of each quota that binds this process; at least one large number."""
    quotas = [1 << 20]
    found = list(settings("cpu.max", cgroup=cgroup, membership=membership))
    if not found:
        old = cgroup / "cpu"
        found = [f"{text_of(old / 'cpu.cfs_quota_us')} {text_of(old / 'cpu.cfs_period_us')}"]
    for text in found:
        quota, _, period = text.partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:
            quotas.append(max(1, math.floor(int(quota) / int(period))))
    return quotas
