"""Wall and processor time of what a bench does, that of all processes started for it included."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_AFTERWARDS_S = 0.3


@dataclass
class Arm:
    """One way to do it, and what each turn took: wall and processor milliseconds.

    Attributes:
        name: what is done in a turn.
        mib: memory that the processes started for it hold afterwards; 0 where none stays.
    """

    name: str
    turns: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    mib: float = 0.0

    def markdown(self) -> str:
        """Returns the arm as a row of a table in Markdown."""
        walls, cpus = sorted(w for w, _ in self.turns), sorted(c for _, c in self.turns)
        numbers = [
            f"{_at(v, p):.0f}" for v, p in ((walls, 50), (walls, 95), (cpus, 50), (cpus, 95))
        ]
        memory = f"{self.mib:.0f}" if self.mib else ""
        return f"| {self.name} | {len(self.turns)} | {' | '.join(numbers)} | {memory} |"

    @contextmanager
    def turn(self) -> Generator[None]:
        """Times what happens inside; a server may go on working for a moment after its answer."""
        cpu, began = cpu_ms(), time.perf_counter()
        yield
        wall = 1000 * (time.perf_counter() - began)
        time.sleep(_AFTERWARDS_S if descendants() else 0.0)
        self.turns.append((wall, cpu_ms() - cpu))


def _at(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)]


def cpu_ms() -> float:
    """Returns the processor time of this process, its ended and its running descendants.

    What looking for descendants took is left out: milliseconds where a machine has many processes.
    """
    running = sum(_running_s(pid) for pid in descendants())
    whole = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in whole)
    return 1000 * (seconds + running - sum(_looking_s))


_looking_s: list[float] = []


def descendants() -> list[int]:
    """Returns the processes that this one and its descendants started and that still run."""
    began = time.thread_time()
    found = _descendants()
    _looking_s.append(time.thread_time() - began)
    return found


def _descendants() -> list[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
    found, waiting = list[int](), [os.getpid()]
    while waiting:
        parent = waiting.pop()
        children = [pid for pid, above in parents.items() if above == parent]
        found += children
        waiting += children
    return found


def _running_s(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0])
        except OSError:
            continue
    return total / 1e9


def resident_mib() -> float:
    """Returns the memory that all descendants hold, what they share counted for each."""
    pages = 0
    for pid in descendants():
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def settle(*, quiet_ms: float = 15.0, patience_s: float = 60.0) -> None:
    """Waits until nothing that was started works any more."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        before = cpu_ms()
        time.sleep(0.5)
        if cpu_ms() - before < quiet_ms:
            return
