"""Times the journal: one append, loading one run, auditing many events.

    .venv/bin/python bench/journal.py [folder]

The folder decides which disk is measured; the median of an append is mostly one flush of it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playground.domain.candidates import Candidate, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.events import CandidateGenerated, CandidateTested, Event, TaskOpened
from playground.domain.findings import Finding, Severity, Span
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.domain.verdicts import Conclusion, How, RiskTier, Vanished, Verdict
from playground.journal.sqlite import SqliteJournal

RUNS = 500
EVENTS_OF_RUN = 20


def events() -> list[Event]:
    """One run of twenty events of the usual kinds and sizes."""
    finding = Finding(
        "ruff", "B006", "Mutable default", "a.py", Span(1, 1, 1, 9), Severity.ERROR, "f", "def f():"
    )
    task = Task("/repo", TaskKind.REPAIR, "repair B006 in a.py", (), finding)
    before = "".join(f"line {number} of a file\n" for number in range(60))
    patch = patch_between({"a.py": before}, {"a.py": before.replace("5", "five")})
    candidate = Candidate("c", patch, Provenance(Source.ENGINE, "llama_cpp", "qwen", "d" * 64))
    verdict = Verdict(
        Conclusion.PASSED, (Vanished(finding, How.REPAIRED),), (), 12, (), (), RiskTier.A
    )
    cycle: list[Event] = [
        CandidateGenerated(Source.ENGINE, (candidate,), 3.2),
        CandidateTested("c", verdict, 0.4),
    ]
    assert candidate.provenance.usage == Usage()
    return [TaskOpened(task, Policy()), *(cycle * EVENTS_OF_RUN)[: EVENTS_OF_RUN - 1]]


def timed_ms(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return (time.perf_counter() - started) * 1e3


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=folder) as place:
        journal = SqliteJournal(Path(place) / "state" / "journal.sqlite3")
        run = events()
        appends: list[float] = []
        for number in range(RUNS):
            for seq, event in enumerate(run):
                started = time.perf_counter()
                journal.append(f"run{number}", seq=seq, event=event)
                appends.append((time.perf_counter() - started) * 1e3)
        size_bytes = (Path(place) / "state" / "journal.sqlite3").stat().st_size
        ranked = sorted(appends)
        p95_ms = ranked[-len(ranked) // 20]
        print(f"append: median {statistics.median(ranked):.2f} ms, p95 {p95_ms:.2f} ms")
        loads = [timed_ms(lambda n=n: journal.load(f"run{n}")) for n in range(0, RUNS, 10)]
        print(f"load of {EVENTS_OF_RUN} events: median {statistics.median(loads):.2f} ms")
        print(f"runs() of {len(appends)} events: {timed_ms(journal.runs):.0f} ms")
        none_ms = timed_ms(lambda: journal.runs(root="/x", open_only=True))
        print(f"runs(open_only) of a root that has none: {none_ms:.2f} ms")
        verify_ms = timed_ms(journal.verify)
        print(f"verify of {len(appends)} events ({size_bytes / 1e6:.0f} MB): {verify_ms:.0f} ms")
        journal.close()


if __name__ == "__main__":
    main()
