"""Runs that recalled episodes, for the tests of what is taken out of a journal."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from playground.domain.campaigns import Records
from playground.domain.episodes import Episode, Recollection
from playground.domain.events import EvidenceAdded, MemoryRecalled, RunEnded, TaskOpened
from playground.domain.tasks import Policy, Task, TaskKind

MARK = "zebraquux"
ENDED = RunEnded("gave_up", "no more")


def episode(name: str, *, mark: str = MARK) -> Episode:
    """Returns an episode whose every text holds a mark."""
    texts = ("root", "goal", "message", "rule_summary", "path", "before", "after", "diff", "reason")
    plain = Episode(
        *(name, "", "", "ruff", "B006", "", "", "python", "", "", "", ""),
        outcome="approved",
        reason="",
        source="engine",
        decided_at=1.0,
        shape=f"{mark}-shape",
    )
    return replace(plain, **{text: f"{mark}-{text} 'x' \\ é\n" for text in texts})


def opened(goal: str) -> TaskOpened:
    return TaskOpened(Task("/r", TaskKind.REQUEST, goal, ()), Policy())


def recalled(*names: str, avoid: tuple[str, ...] = ()) -> MemoryRecalled:
    def found(wanted: tuple[str, ...]) -> tuple[Recollection, ...]:
        return tuple(Recollection(episode(name, mark=f"{MARK}{name}"), 0.5) for name in wanted)

    return MemoryRecalled(found(names), found(avoid), recipes=("some@1",))


def fill(journal: Records) -> None:
    """Records three runs: the first recalled a and b, the second a to avoid, the third b."""
    steps = {
        "first": recalled("a", "b"),
        "second": recalled("c", avoid=("a",)),
        "third": recalled("b"),
    }
    for name in steps:
        journal.append(name, seq=0, event=opened(name))
    for name, event in steps.items():
        journal.append(name, seq=1, event=event)
    for name in steps:
        journal.append(name, seq=2, event=EvidenceAdded("n", "c", (f"about {MARK}",)))
    journal.append("second", seq=3, event=ENDED)


def memory_of(journal: Records, run: str) -> MemoryRecalled:
    found = journal.load(run).recalled
    assert found is not None
    return found


def holding(folder: Path, text: str) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and text.encode() in path.read_bytes():
                found.append(path)
    return found
