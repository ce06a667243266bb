"""What this machine has, read from files of the kernel; no process is started for it.

Memory of a graphics card stands in none of those files, so it is told from the card's name:
datacentre cards carry it there, and the others are looked up. A card that is not known counts
with no memory, so that nothing is chosen that might not fit.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from playground.engines.worker.cores import usable_cores

_GB = 1_000_000_000
_IN_THE_NAME = re.compile(r"(\d{2,3})\s?GB", re.IGNORECASE)
_BY_NAME = (
    ("GB300", 288),
    ("GB200", 192),
    ("B300", 288),
    ("B200", 192),
    ("GH200", 96),
    ("H200", 141),
    ("H100 NVL", 94),
    ("H100", 80),
    ("H20", 96),
    ("A100", 40),
    ("L40", 48),
    ("L4", 24),
    ("A40", 48),
    ("A30", 24),
    ("A10", 24),
    ("RTX PRO 6000", 96),
    ("RTX 6000 Ada", 48),
    ("RTX A6000", 48),
    ("RTX 5090", 32),
    ("RTX 5080", 16),
    ("RTX 4090", 24),
    ("RTX 4080", 16),
    ("RTX 3090", 24),
    ("T4", 16),
)
"""Gigabytes of memory by a word of the name, of the smallest card that has it (makers' data)."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card; `memory_bytes` is 0 when it cannot be told."""

    name: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine.

    Attributes:
        cores: physical cores that may be used.
        memory_bytes: main memory that may be used.
        gpus: its NVIDIA cards.
    """

    cores: int
    memory_bytes: int
    gpus: tuple[Gpu, ...] = ()

    @property
    def gpu_bytes(self) -> int:
        """Memory of all cards together."""
        return sum(gpu.memory_bytes for gpu in self.gpus)


def probed(*, proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> Hardware:
    """Returns what this machine has; what cannot be read counts as not there.

    Args:
        proc: where the kernel tells of itself.
        cgroup: where it tells a container's limits.
    """
    memory = [_main_memory(proc), _number(cgroup / "memory.max")]
    memory.append(_number(cgroup / "memory" / "memory.limit_in_bytes"))
    known = [amount for amount in memory if amount]
    return Hardware(usable_cores(cgroup=cgroup), min(known, default=0), _gpus(proc))


def gpu_memory_bytes(name: str) -> int:
    """Returns the memory of a card of this name, 0 when it cannot be told."""
    written = _IN_THE_NAME.search(name)
    if written:
        return int(written[1]) * _GB
    for word, gigabytes in _BY_NAME:
        if re.search(rf"\b{re.escape(word)}(?![0-9])", name):
            return gigabytes * _GB
    return 0


def _gpus(proc: Path) -> tuple[Gpu, ...]:
    try:
        files = sorted((proc / "driver" / "nvidia" / "gpus").glob("*/information"))
    except OSError:
        return ()
    names = [_model_line(_text(file)) for file in files]
    return tuple(Gpu(name, gpu_memory_bytes(name)) for name in names if name)


def _model_line(text: str) -> str:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Model":
            return value.strip()
    return ""


def _main_memory(proc: Path) -> int:
    found = re.search(r"^MemTotal:\s+(\d+) kB", _text(proc / "meminfo"), re.MULTILINE)
    if found:
        return int(found[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
