"""Measures each speed lever of the built-in engine as a ratio, on the product's own prompts.

    python bench/engine.py [--model qwen2.5-coder-1.5b] [--lever NAME]… [--findings 3] [--rounds 2]

Both arms of a lever run in worker processes of their own that are loaded at the same time, and
take turns on every question; which one begins alternates. What counts is the workers' CPU time,
which another process on the machine hardly changes; wall time is printed beside it. Answers of
levers that claim to change nothing are compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from playground.app import App, open_app
from playground.campaigns.planning import plan
from playground.domain.events import TaskOpened
from playground.domain.ports import Generation, GenerationRequest, Message
from playground.domain.runs import Run
from playground.domain.tasks import Task
from playground.engines.llama_cpp import LlamaCppEngine, Options
from playground.engines.worker.prefixes import PrefixPlan
from playground.engines.worker.wire import TUNED, Tuning
from playground.orchestrator.asking import focus_in
from playground.orchestrator.questions import Question, Questions
from playground.orchestrator.sources import Sources

ROOT = Path(__file__).resolve().parent.parent
FILES = ("stockroom/pricing.py", "stockroom/cli.py", "stockroom/storage.py")
UNRELATED = GenerationRequest("other", (Message("user", "Hi. " * 20),), 1, deadline_s=900)


@dataclass(frozen=True)
class Asked:
    """The questions about one finding: about its statement, and about the whole region."""

    name: str
    narrow: GenerationRequest
    whole: GenerationRequest


class Subject:
    """An engine whose worker's work can be counted."""

    def __init__(
        self,
        model: Path,
        *,
        options: Options,
        prefixes: PrefixPlan | None = None,
        tuning: Tuning = TUNED,
    ) -> None:
        self.engine = LlamaCppEngine(
            options, model_id="m", model_file=lambda: model, prefixes=prefixes, tuning=tuning
        )
        before = set(_workers())
        self.engine.probe()
        (self.pid,) = set(_workers()) - before

    def cpu_s(self) -> float:
        """Returns the CPU seconds that the worker has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_gb(self) -> dict[str, float]:
        """Returns peak, and what of it cannot be given back to the system."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        found = dict(line.split(":", 1) for line in lines if ":" in line)
        return {name: int(found[name].split()[0]) / 1e6 for name in ("VmHWM", "RssAnon")}


def _workers() -> Iterator[int]:
    for file in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in file.read_text().split():
            if b"engines.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                yield int(pid)


@dataclass
class Arm:
    """One side of a comparison.

    Attributes:
        name: what is different.
        work: does one question's work and returns the texts.
        ready: brings the subject into the state in which the work begins; not counted.
        subject: whose CPU seconds are counted.
    """

    name: str
    subject: Subject
    work: Callable[[Subject, Asked], list[str]]
    ready: Callable[[Subject, Asked], object]
    cpu_s: list[float] = field(default_factory=list[float])
    wall_s: list[float] = field(default_factory=list[float])
    texts: list[list[str]] = field(default_factory=list[list[str]])

    def measure(self, asked: Asked) -> None:
        """Does the work once."""
        self.ready(self.subject, asked)
        cpu_s, began = self.subject.cpu_s(), time.monotonic()
        self.texts.append(self.work(self.subject, asked))
        self.wall_s.append(time.monotonic() - began)
        self.cpu_s.append(self.subject.cpu_s() - cpu_s)


@dataclass(frozen=True)
class Bench:
    """What all levers share."""

    model: Path
    questions: tuple[Asked, ...]
    rounds: int
    folder: Path
    threads: int

    def options(self, *, slots: int = 1) -> Options:
        """Returns the options of every subject."""
        return Options(slots=slots, threads=self.threads)


def ask(subject: Subject, request: GenerationRequest, **changes: object) -> Generation:
    """Asks once."""
    return subject.engine.generate(replace(request, deadline_s=900, **changes))  # type: ignore[arg-type]


def read(subject: Subject, request: GenerationRequest) -> None:
    """Reads the prompt, so that only the answer is left to be made."""
    ask(subject, request, max_tokens=1)


def cold(subject: Subject, _: Asked) -> None:
    """Fills the only slot with something else."""
    subject.engine.generate(UNRELATED)


def tuned(bench: Bench, base: Tuning) -> tuple[Subject, Subject]:
    """Returns a subject with another tuning, and one as it is."""
    options = bench.options()
    return (
        Subject(bench.model, options=options, tuning=base),
        Subject(bench.model, options=options),
    )


def answers(bench: Bench, base: Tuning, name: str, *, narrow: bool = False) -> tuple[Arm, Arm]:
    """Compares the making of greedy answers whose prompts were read before."""

    def chosen(asked: Asked) -> GenerationRequest:
        return asked.narrow if narrow else asked.whole

    before, after = tuned(bench, base)

    def work(subject: Subject, asked: Asked) -> list[str]:
        return [ask(subject, chosen(asked), max_tokens=256).text]

    def ready(subject: Subject, asked: Asked) -> None:
        read(subject, chosen(asked))

    return Arm(name, before, work, ready), Arm("as it is", after, work, ready)


def readings(bench: Bench, base: Tuning, name: str) -> tuple[Arm, Arm]:
    """Compares the reading of prompts of which nothing is known."""
    before, after = tuned(bench, base)

    def work(subject: Subject, asked: Asked) -> list[str]:
        return [ask(subject, asked.whole, max_tokens=1).text]

    return Arm(name, before, work, cold), Arm("as it is", after, work, cold)


def kept(bench: Bench) -> tuple[Arm, Arm]:
    """Compares reading a prompt anew with fetching its beginning from the disk."""
    prefixes = PrefixPlan(bench.folder / "prefixes", "bench", 1 << 30)
    options = bench.options()

    def work(subject: Subject, asked: Asked) -> list[str]:
        return [ask(subject, asked.narrow, max_tokens=1).text]

    after = Subject(bench.model, options=options, prefixes=prefixes)
    for asked in bench.questions:
        work(after, asked)
    before = Subject(bench.model, options=options)
    return Arm("read anew", before, work, cold), Arm("kept on disk", after, work, cold)


def retried(bench: Bench) -> tuple[Arm, Arm]:
    """Compares the second question about a finding with and without the first one's state."""
    options = bench.options()
    one, other = Subject(bench.model, options=options), Subject(bench.model, options=options)

    def work(subject: Subject, asked: Asked) -> list[str]:
        return [ask(subject, asked.whole, max_tokens=1).text]

    def first(subject: Subject, asked: Asked) -> None:
        read(subject, asked.narrow)

    return Arm("read anew", one, work, cold), Arm("after the first question", other, work, first)


def sampled(bench: Bench, count: int) -> tuple[Arm, Arm]:
    """Compares samples one after another with samples side by side."""
    options = bench.options(slots=count)
    one, other = Subject(bench.model, options=options), Subject(bench.model, options=options)

    def requests(asked: Asked) -> list[GenerationRequest]:
        return [
            replace(asked.whole, id=f"s{n}", seed=n, temperature=0.7, max_tokens=40)
            for n in range(count)
        ]

    def ready(subject: Subject, asked: Asked) -> None:
        list(together(subject, [replace(r, max_tokens=1) for r in requests(asked)]))

    def together(subject: Subject, asked: list[GenerationRequest]) -> list[str]:
        with ThreadPoolExecutor(max_workers=count) as pool:
            return list(pool.map(lambda request: ask(subject, request).text, asked))

    def in_turn(subject: Subject, asked: Asked) -> list[str]:
        return [ask(subject, request).text for request in requests(asked)]

    return (
        Arm("one after another", one, in_turn, ready),
        Arm(f"{count} side by side", other, lambda s, a: together(s, requests(a)), ready),
    )


LEVERS: dict[str, tuple[Callable[[Bench], tuple[Arm, Arm]], bool]] = {
    "guesses, whole region": (lambda b: answers(b, replace(TUNED, match_tokens=0), "none"), True),
    "guesses, one statement": (
        lambda b: answers(b, replace(TUNED, match_tokens=0), "none", narrow=True),
        True,
    ),
    "guesses of the library": (
        lambda b: answers(b, replace(TUNED, match_tokens=12, guess_tokens=48), "12/48"),
        True,
    ),
    "beginning kept on disk": (kept, True),
    "first question's state": (retried, True),
    "2 samples": (lambda b: sampled(b, 2), False),
    "4 samples": (lambda b: sampled(b, 4), False),
    "batch of 256": (lambda b: readings(b, replace(TUNED, batch_tokens=256), "256"), True),
    "batch of 32": (lambda b: readings(b, replace(TUNED, batch_tokens=32), "32"), True),
    "flash attention": (lambda b: readings(b, replace(TUNED, flash_attention=False), "off"), True),
}


def compared(bench: Bench, lever: str) -> str:
    """Runs a lever and returns its row of the table."""
    make, lossless = LEVERS[lever]
    before, after = make(bench)
    try:
        for number in range(bench.rounds):
            for place, asked in enumerate(bench.questions):
                arms = (before, after) if (number + place) % 2 == 0 else (after, before)
                for arm in arms:
                    arm.measure(asked)
                    told = f"{lever}, {asked.name}, {arm.name}: {arm.cpu_s[-1]:.2f} CPU-s"
                    print(told, file=sys.stderr, flush=True)
        same = sum(a == b for a, b in zip(before.texts, after.texts, strict=True))
        note = f"{same} of {len(before.texts)}" if lossless else "not compared"
        memory = after.subject.memory_gb()
        return " | ".join(
            [
                f"| {lever}",
                f"{before.name}: {statistics.median(before.cpu_s):.2f}",
                f"{after.name}: {statistics.median(after.cpu_s):.2f}",
                f"**{sum(before.cpu_s) / max(0.01, sum(after.cpu_s)):.2f}**",
                f"{sum(before.wall_s) / sum(after.wall_s):.2f}",
                note,
                f"{memory['VmHWM']:.2f} / {memory['RssAnon']:.2f} |",
            ]
        )
    finally:
        before.subject.engine.close()
        after.subject.engine.close()


@contextmanager
def rendered(project: Path, *, count: int) -> Iterator[tuple[Asked, ...]]:
    """Yields the product's own questions about some findings of the project's copy."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        copy = Path(name) / project.name
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / ".git").mkdir()
        app = stack.enter_context(open_app(project=copy))
        survey = app.gate.survey(copy, paths=FILES, rules=())
        tasks = plan(survey, workspace=app.workspace).tasks
        yield tuple(_some(app, tasks, count=count))


def _some(app: App, tasks: tuple[Task, ...], *, count: int) -> Iterator[Asked]:
    """Yields the questions about the first findings of different rules that have a focus."""
    sources = Sources(app.workspace)
    questions = Questions(gate=app.gate, sources=sources)
    engine = app.engines.get()
    policy = app.manager.config.policy()
    rules: set[str] = set()
    for task in tasks:
        bases = sources.bases(task)
        focus = focus_in(task, bases)
        if focus is None or task.finding is None or task.finding.rule in rules:
            continue
        rules.add(task.finding.rule)
        run = Run("bench", (TaskOpened(task, policy),))
        narrow = questions.about(run, bases, engine=engine, focus=focus)
        whole = questions.about(run, bases, engine=engine)
        yield Asked(task.finding.rule, _request(narrow), _request(whole))
        if len(rules) == count:
            return


def _request(question: Question) -> GenerationRequest:
    return GenerationRequest(
        "q", question.messages, 256, shared_prefix=1, shared_chars=question.shared_chars
    )


def main() -> None:
    """Prints the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=ROOT / "examples" / "stockroom")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--lever", action="append", choices=sorted(LEVERS), default=[])
    parser.add_argument("--findings", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="0 for the product's own choice")
    options = parser.parse_args()
    with rendered(options.project.resolve(), count=options.findings) as questions:
        pass
    with open_app(project=None) as app, tempfile.TemporaryDirectory() as folder:
        model = app.models.path(options.model)
        bench = Bench(model, questions, options.rounds, Path(folder), options.threads)
        names = ", ".join(asked.name for asked in questions)
        print(f"model {options.model}, findings {names}, rounds {options.rounds}")
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
        print("| lever | CPU-s without | CPU-s with | CPU ratio | wall ratio | same text | GB |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for lever in options.lever or LEVERS:
            print(compared(bench, lever), flush=True)
        print(f"\nload average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
