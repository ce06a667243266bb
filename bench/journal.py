"""Times the journal: appending, loading, auditing, forgetting, in a file and on a server.

    .venv/bin/python bench/journal.py [--folder FOLDER] [--runs N] [--postgres URL]

The folder decides which disk is measured; the median of an append is mostly one flush of it. The
URL is that of an EMPTY database on a server that flushes what it commits (fsync on), best on the
same disk. Both are measured turn by turn, so that a ratio holds whatever else the machine does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from playground.domain.campaigns import Records
from playground.domain.candidates import Candidate, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.episodes import Episode, Recollection
from playground.domain.events import (
    CandidateGenerated,
    CandidateTested,
    Event,
    MemoryRecalled,
    TaskOpened,
)
from playground.domain.findings import Finding, Severity, Span
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.domain.verdicts import Conclusion, How, RiskTier, Vanished, Verdict
from playground.journal.places import JournalPlaces

EVENTS_OF_RUN = 20


def events(name: str) -> list[Event]:
    """One run of twenty events of the usual kinds and sizes, for a task of this name."""
    finding = Finding(
        "ruff",
        "B006",
        "Mutable default",
        "a.py",
        Span(1, 1, 1, 9),
        Severity.ERROR,
        name,
        "def f():",
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


def recalling(name: str) -> MemoryRecalled:
    """An event that recalled one episode of this name."""
    before = "line of a file\n" * 60
    words = ("/repo", "repair B006", "ruff", "B006", "Mutable default", "", "python", "a.py")
    episode = Episode(name, *words, before, before, "", "approved", "", "engine", 1.0)
    return MemoryRecalled((Recollection(episode, 0.5),))


def timed_ms(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return (time.perf_counter() - started) * 1e3


class Arm:
    """One journal and what each of its operations took, in milliseconds."""

    def __init__(self, name: str, open_journal: Callable[[], Records]) -> None:
        self.name = name
        self.open = open_journal
        self.journal = open_journal()
        self.times: dict[str, list[float]] = {}

    def time(self, what: str, step: Callable[[], object]) -> None:
        self.times.setdefault(what, []).append(timed_ms(step))

    def forget(self) -> None:
        """Times taking out what one run recalled of one episode."""
        for name in ("remembering0", "remembering1", "remembering2"):
            self.journal.append(name, seq=0, event=events(name)[0])
            self.journal.append(name, seq=1, event=recalling(name))
            forget = partial(self.journal.forget_texts, name, by="bench", where="terminal")
            self.time("forget what one run recalled", forget)

    def together(self, *, writers: int, runs: int) -> None:
        """Times appends of several writers at once, each with a journal of its own."""
        journals = [self.open() for _ in range(writers)]

        def write(number: int) -> None:
            for run in range(runs):
                for seq, event in enumerate(events(f"{writers} {number} {run}")):
                    journals[number].append(f"w{writers}.{number}.{run}", seq=seq, event=event)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ms = (time.perf_counter() - started) * 1e3 / (writers * runs * EVENTS_OF_RUN)
        self.times[f"append, {writers} writers at once"] = [ms]
        for journal in journals:
            journal.close()


def measure(arms: Sequence[Arm], *, runs: int) -> None:
    for number in range(runs):
        for seq, event in enumerate(events(str(number))):
            for arm in arms:
                arm.time(
                    "append", partial(arm.journal.append, f"run{number}", seq=seq, event=event)
                )
    for arm in arms:
        arm.journal.load("run0")  # builds the validators
    for number in range(0, runs, 10):
        for arm in arms:
            arm.time(f"load {EVENTS_OF_RUN} events", partial(arm.journal.load, f"run{number}"))
    none = "runs(open_only) of a root that has none"
    for _ in range(3):
        for arm in arms:
            arm.time(f"runs() of {runs * EVENTS_OF_RUN} events", arm.journal.runs)
            arm.time(none, partial(arm.journal.runs, root="/x", open_only=True))
            arm.time(f"verify {runs * EVENTS_OF_RUN} events", arm.journal.verify)
    for arm in arms:
        arm.forget()
    for writers in (2, 4):
        for arm in arms:
            arm.together(writers=writers, runs=max(runs // 20, 1))


def report(arms: Sequence[Arm]) -> None:
    first, *others = arms
    for what, taken in first.times.items():
        median = statistics.median(taken)
        p95 = sorted(taken)[-max(len(taken) // 20, 1)]
        line = f"{what}: {first.name} median {median:.2f} ms, p95 {p95:.2f} ms"
        for arm in others:
            theirs = statistics.median(arm.times[what])
            line += f"; {arm.name} median {theirs:.2f} ms, {theirs / median:.1f} times as long"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times the journal.")
    parser.add_argument("--folder", help="where the file lies while it is measured")
    parser.add_argument("--runs", type=int, default=500, help="runs of twenty events each")
    parser.add_argument("--postgres", metavar="URL", help="an empty database")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as place:
        state = Path(place) / "state"
        arms = [Arm("SQLite", lambda: JournalPlaces("", str, state).open())]
        if args.postgres:
            url = args.postgres
            arms.append(Arm("PostgreSQL", lambda: JournalPlaces(url, str, state).open()))
        measure(arms, runs=args.runs)
        report(arms)
        for arm in arms:
            if arm.journal.verify().problems:
                print(f"{arm.name}: the audit found something", file=sys.stderr)
            arm.journal.close()


if __name__ == "__main__":
    main()
