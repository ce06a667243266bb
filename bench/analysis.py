"""Cold against warm: what it costs to analyse one candidate, on two installed packages.

    .venv/bin/python bench/analysis.py [candidates of each package, default 6] [open|sealed]

Arms take turns on the same candidates: an edit of one function in a file of about 1,000 lines.
Processor time is that of this process and of everything it started; where bubblewrap is the room,
programs that end by themselves are not counted in it, so compare processor time in the open room
and wall time in the sealed one. Numbers of a machine that does other work too are upper bounds.
"""

from __future__ import annotations

import ast
import os
import resource
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from playground.analyzers import pyright, ruff
from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots
from playground.analyzers.profile import WANTED, AnalyzerContext, RuleProfile, Wanted
from playground.config import ConfigManager
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import digest_of, patch_between
from playground.domain.ports import Analyzer, Mirror
from playground.domain.tasks import FileRef, Source, Task, TaskKind
from playground.domain.verdicts import Check, CheckStatus
from playground.security.process import open_room
from playground.security.reading import ReadingRules
from playground.security.room.sealed import SealedRoom
from playground.security.workspace import LocalWorkspace

PACKAGES = ("rich", "pydantic")
LINES = 1_000
_STARTING_S = 8.0


@dataclass
class Arm:
    """One way to do it, and what each turn took: wall and processor milliseconds."""

    name: str
    turns: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def row(self) -> str:
        """Returns the arm as a line of the table."""
        walls, cpus = sorted(w for w, _ in self.turns), sorted(c for _, c in self.turns)
        cells = [_at(walls, 50), _at(walls, 95), _at(cpus, 50), _at(cpus, 95)]
        return f"{self.name:<34}{len(self.turns):>4}" + "".join(f"{cell:>10.0f}" for cell in cells)


def _at(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)]


def _cpu_ms() -> float:
    """Returns the processor time of this process, its ended and its running descendants."""
    whole = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in whole)
    return 1000 * (seconds + sum(_running_s(pid) for pid in _descendants()))


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


def _resident_mib() -> float:
    pages = 0
    for pid in _descendants():
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def _turn(arm: Arm) -> Generator[None]:
    cpu, began = _cpu_ms(), time.perf_counter()
    yield
    wall = 1000 * (time.perf_counter() - began)
    arm.turns.append((wall, _cpu_ms() - cpu))


def _edits(text: str, count: int) -> list[str]:
    """Returns texts with a harmless statement in one function whose result is written down."""
    lines = text.split("\n")
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.returns is not None and len(node.body) > 2
    ]
    edited: list[str] = []
    for number in range(count):
        last = functions[number * 7 % len(functions)].body[-1]
        line = f"{' ' * last.col_offset}print('checked', {number})"
        edited.append("\n".join([*lines[: last.lineno - 1], line, *lines[last.lineno - 1 :]]))
    return edited


def _target(root: Path) -> str:
    files = {p: len(p.read_text().split("\n")) for p in root.rglob("*.py")}
    best = min(files, key=lambda path: abs(files[path] - LINES))
    print(f"{best.relative_to(root)}: {files[best]} lines; {len(files)} files")
    return best.relative_to(root).as_posix()


class Bench:
    """One package, copied into a repository of its own."""

    def __init__(self, package: str, folder: Path, *, count: int, sealed: bool) -> None:
        self._folder = folder
        self._count = count
        self._root = folder / "repo"
        ignore = shutil.ignore_patterns("__pycache__")
        installed = Path(sysconfig.get_path("purelib")) / package
        shutil.copytree(installed, self._root / package, ignore=ignore)
        self._path = _target(self._root)
        self._text = (self._root / self._path).read_text()
        room = SealedRoom() if sealed else open_room
        self._context = AnalyzerContext(folder / "tools", room=room)
        tools = ConfigManager(project=None).config.tools
        self._profile = RuleProfile(tuple(tools.rules.select), tuple(tools.rules.ignore))

    def analyzers(self) -> None:
        """Compares a new start with a server, by analyzer."""
        snapshot = Snapshots(ReadingRules()).take(self._root)
        wanted = Wanted((self._profile.selection,), self._profile.pyright_mode)
        settings = {WANTED: wanted, REPOSITORY: snapshot.settings}
        linter, checker = ruff.create(self._context), pyright.create(self._context)
        mirrors = Mirrors(self._folder / "scratch")
        with mirrors.hold(self._root, texts=snapshot.texts, settings=settings) as mirror:
            self._linter(linter, mirror)
            self._checker(checker, mirror)
        checker.close()
        mirrors.close()

    def _linter(self, linter: Analyzer, mirror: Mirror) -> None:
        arm = Arm("ruff, new start")
        linter.check(mirror, paths=[self._path])
        for text in _edits(self._text, self._count):
            with _turn(arm):
                _answered(linter.check(mirror.over({self._path: text}), paths=[self._path]))
        print(arm.row())

    def _checker(self, checker: pyright.PyrightAnalyzer, mirror: Mirror) -> None:
        paths, start = [self._path], Arm("pyright, server's start and base")
        with _turn(start):
            checker.compare(mirror, mirror, before=paths, paths=())
        cold, warm = Arm("pyright, new start"), Arm("pyright, server")
        for text in _edits(self._text, self._count):
            after = mirror.over({self._path: text})
            with _turn(warm):
                _base, one = checker.compare(mirror, after, before=paths, paths=paths)
            with _turn(cold):
                other = checker.check(after, paths=paths)
            _answered(one, other)
            if one.findings != other.findings:
                print("NOT EQUAL", set(one.findings) ^ set(other.findings))
        for arm in (start, cold, warm):
            print(arm.row())
        print(f"{'memory of the server, MiB':<34}{_resident_mib():>14.0f}")

    def gates(self) -> None:
        """Measures the whole verdict: detectors and ruff; with pyright; with its confirmation."""
        ways: dict[str, Callable[[], StaticGate]] = {
            "verdict: detectors and ruff": lambda: self._gate([ruff.create(self._context)]),
            "verdict: and pyright's server": lambda: self._gate(self._both(), confirm=False),
            "verdict: and a new start of it": lambda: self._gate(self._both()),
        }
        gates = [(Arm(name), make()) for name, make in ways.items()]
        for _arm, gate in gates:
            gate.prepare(self._root)
            time.sleep(_STARTING_S)
            self._judge(gate, f"{self._text}\n\nFIRST = 1\n")
            self._judge(gate, f"{self._text}\n\nSECOND = 2\n")
        for text in _edits(self._text, self._count):
            for arm, gate in gates:
                with _turn(arm):
                    self._judge(gate, text)
        for arm, gate in gates:
            print(arm.row())
            gate.close()

    def _both(self) -> list[Analyzer]:
        return [ruff.create(self._context), pyright.create(self._context)]

    def _gate(self, analyzers: Sequence[Analyzer], *, confirm: bool = True) -> StaticGate:
        return StaticGate(
            analyzers,
            profile=replace(self._profile, confirm_cold=confirm),
            workspace=LocalWorkspace(),
            scratch=self._folder / "gates",
        )

    def _judge(self, gate: StaticGate, text: str) -> None:
        ref = FileRef(self._path, digest_of(self._text))
        task = Task(str(self._root), TaskKind.REQUEST, "Edit it", (ref,))
        patch = patch_between({self._path: self._text}, {self._path: text})
        candidate = Candidate(patch.digest[:12], patch, Provenance(Source.ENGINE))
        verdict = gate.judge(task, candidate=candidate)
        if any(check.status is not CheckStatus.OK for check in verdict.checks):
            print("NO ANSWER", verdict.objections)


def _answered(*checks: Check) -> None:
    for check in checks:
        if check.status is not CheckStatus.OK:
            print("NO ANSWER", check.tool, check.status, check.detail)


def main(count: int, *, sealed: bool) -> None:
    """Prints a table for each package."""
    load = statistics.fmean(os.getloadavg())
    print(f"{os.cpu_count()} processors, load {load:.1f}, {'sealed' if sealed else 'open'} room")
    for package in PACKAGES:
        heads = ("wall p50", "p95", "cpu p50", "p95")
        print(f"\n{package:<34}{'n':>4}" + "".join(f"{head:>10}" for head in heads))
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(package, Path(folder), count=count, sealed=sealed)
            bench.analyzers()
            bench.gates()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6, sealed="sealed" in sys.argv)
