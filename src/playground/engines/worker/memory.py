"""Whether a model fits into the memory that this process may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playground.domain.errors import EngineUnavailable
from playground.engines.worker.cgroup import CGROUP, MEMBERSHIP, settings, text_of

_MEMINFO = Path("/proc/meminfo")
_SHARE = 1.2
"""Memory that cannot be given back, as a multiple of the model file: repacked weights, the slots'
states and the library's buffers. Measured with both models of the catalogue by bench/engine.py."""


def check_room(
    model_bytes: int,
    *,
    cgroup: Path = CGROUP,
    membership: Path = MEMBERSHIP,
    meminfo: Path = _MEMINFO,
) -> None:
    """Makes sure that a model of this size can be loaded at all.

    Raises:
        EngineUnavailable: the machine or the container has not enough memory for it.
    """
    limits = [*_limits(cgroup, membership), *_machine(meminfo)]
    needed = int(model_bytes * _SHARE)
    if limits and min(limits) < needed:
        raise EngineUnavailable(
            f"The model needs {needed / 1e9:.1f} GB of memory and only {min(limits) / 1e9:.1f} GB "
            "may be used here; raise the limit or choose the model qwen2.5-coder-0.5b."
        )


def _limits(cgroup: Path, membership: Path) -> Iterator[int]:
    for text in settings("memory.max", cgroup=cgroup, membership=membership):
        if text.isdecimal():
            yield int(text)
    text = text_of(cgroup / "memory" / "memory.limit_in_bytes")
    if text.isdecimal():
        yield int(text)


def _machine(meminfo: Path) -> Iterator[int]:
    for line in text_of(meminfo).splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal" and value.removesuffix("kB").strip().isdecimal():
            yield int(value.removesuffix("kB")) * 1_024
