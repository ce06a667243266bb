"""What it costs to judge one candidate: each analyzer, cold and warm, and the gate as a whole.

    .venv/bin/python bench/analysis.py [candidates of each package, default 12] [open|sealed]

Takes about five minutes on two idle processors. Two installed packages of a hundred files, rich and
pydantic, and the TypeScript sources of zod, which are fetched from npm and compared with a digest
(`ZOD=…/zod-4.6.7.tgz` takes a file that is there already; `PACKAGES=zod` measures only some). A
candidate is an edit of one function in a file of about 1,000 lines.

A row is one way to analyse a candidate: wall time until the answer, and processor time of this
process and everything that it started until a moment after it, in milliseconds; and the memory of
the processes that stay. "A new start" begins a program for each candidate, a "first answer" also
reads the whole repository, and the others are asked again and again. Where bubblewrap is the room,
programs that end by themselves are not counted in processor time, so compare that in the open room
and wall time in the sealed one. Numbers of a machine that does other work too are upper bounds.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import shutil
import sys
import sysconfig
import tarfile
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import HEADS, Arm, resident_mib, settle

from playground.analyzers import eslint, pyright, ruff, secrets, text, typescript
from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots
from playground.analyzers.profile import WANTED, AnalyzerContext, RuleProfile, Selection, Wanted
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

PACKAGES = ("rich", "pydantic", "zod")
LINES = 1_000
COLD = 3
ZOD = "https://registry.npmjs.org/zod/-/zod-4.6.7.tgz"
ZOD_SHA256 = "84efd155bed93270286e793fc951be270b536cbd5b0eeb111f0fa3967201d698"
ZOD_FILE = "src/v4/core/util.ts"
ZOD_OPTIONS = '{"compilerOptions": {"strict": true, "target": "es2022", "module": "nodenext"}}'


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository of its own, one of its files, and edits of that."""

    root: Path
    path: str
    edits: Sequence[str]

    @property
    def base(self) -> str:
        return (self.root / self.path).read_text()


def _python(package: str, root: Path, count: int) -> Subject:
    installed = Path(sysconfig.get_path("purelib")) / package
    shutil.copytree(installed, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    files = {p: len(p.read_text().split("\n")) for p in root.rglob("*.py")}
    best = min(files, key=lambda path: abs(files[path] - LINES))
    path = best.relative_to(root).as_posix()
    print(f"{path}: {files[best]} lines; {len(files)} files")
    return Subject(root, path, _python_edits(best.read_text(), count))


def _python_edits(whole: str, count: int) -> list[str]:
    """Returns texts with a harmless statement in one function whose result is written down."""
    lines = whole.split("\n")
    functions = [
        node
        for node in ast.walk(ast.parse(whole))
        if isinstance(node, ast.FunctionDef) and node.returns is not None and len(node.body) > 2
    ]
    lasts = [functions[number * 7 % len(functions)].body[-1] for number in range(count)]
    return [
        _with(lines, last.lineno, f"{' ' * last.col_offset}print('checked', {number})")
        for number, last in enumerate(lasts)
    ]


def _zod(root: Path, count: int) -> Subject:
    packed = Path(os.environ["ZOD"]).read_bytes() if "ZOD" in os.environ else _fetched(ZOD)
    if hashlib.sha256(packed).hexdigest() != ZOD_SHA256:
        raise SystemExit(f"{ZOD} is not what it was.")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive.getmembers():
            path = Path(*Path(member.name).parts[1:])
            source = path.suffix == ".ts" and path.parts[0] == "src" and "tests" not in path.parts
            content = archive.extractfile(member)
            if content and ".." not in path.parts and (source or path.name == "package.json"):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content.read())
    (root / "tsconfig.json").write_text(ZOD_OPTIONS)
    lines = (root / ZOD_FILE).read_text().split("\n")
    print(f"{ZOD_FILE}: {len(lines)} lines; {len([*root.rglob('*.ts')])} files")
    returns = [n for n, line in enumerate(lines, start=1) if line.startswith("  return ")]
    places = [returns[number * 7 % len(returns)] for number in range(count)]
    edits = [_with(lines, at, f"  console.log('checked', {n});") for n, at in enumerate(places)]
    return Subject(root, ZOD_FILE, edits)


def _fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read()


def _with(lines: Sequence[str], number: int, line: str) -> str:
    return "\n".join([*lines[: number - 1], line, *lines[number - 1 :]])


class Bench:
    """One subject, each analyzer on its own and the gate over several."""

    def __init__(self, subject: Subject, folder: Path, *, sealed: bool) -> None:
        self._subject = subject
        self._folder = folder
        self._context = AnalyzerContext(
            folder / "tools", room=SealedRoom() if sealed else open_room
        )
        tools = ConfigManager(project=None).config.tools
        self._profile = RuleProfile(
            tuple(tools.rules.select),
            tuple(tools.rules.ignore),
            tools.pyright.mode,
            Selection(tuple(tools.eslint.rules), tuple(tools.eslint.ignore)),
        )
        self._python = subject.path.endswith(".py")

    def analyzers(self) -> None:
        """Measures each analyzer by itself."""
        snapshot = Snapshots(ReadingRules()).take(self._subject.root)
        profile = self._profile
        wanted = Wanted((profile.selection,), profile.pyright_mode, (), profile.eslint)
        settings = {WANTED: wanted, REPOSITORY: snapshot.settings}
        mirrors = Mirrors(self._folder / "scratch")
        with mirrors.hold(self._subject.root, texts=snapshot.texts, settings=settings) as mirror:
            self._asked("text, in this process", text.create(self._context), mirror)
            self._asked("secrets, in this process", secrets.create(self._context), mirror)
            if self._python:
                self._asked("ruff, a new start", ruff.create(self._context), mirror)
                self._pyright(mirror)
            else:
                self._worker("eslint", eslint, mirror)
                self._worker("typescript", typescript, mirror)
        mirrors.close()

    def _asked(self, name: str, analyzer: Analyzer, mirror: Mirror) -> None:
        arm, paths = Arm(name), [self._subject.path]
        _answered(analyzer.check(mirror, paths=paths))
        for edit in self._subject.edits:
            with arm.turn():
                check = analyzer.check(mirror.over({self._subject.path: edit}), paths=paths)
            _answered(check)
        arm.mib = resident_mib()
        print(arm.row(), flush=True)

    def _worker(self, name: str, module: object, mirror: Mirror) -> None:
        first, paths = Arm(f"{name}, start and first answer"), [self._subject.path]
        create = getattr(module, "create")  # noqa: B009
        for _ in range(COLD):
            analyzer = create(self._context)
            with first.turn():
                _answered(analyzer.check(mirror, paths=paths))
            analyzer.close()
        print(first.row(), flush=True)
        analyzer = create(self._context)
        for number in range(4):  # node makes code quick that it runs often
            edit = self._subject.edits[number % len(self._subject.edits)] + "\n"
            analyzer.check(mirror.over({self._subject.path: edit}), paths=paths)
        self._asked(f"{name}, worker", analyzer, mirror)
        analyzer.close()

    def _pyright(self, mirror: Mirror) -> None:
        checker, paths = pyright.create(self._context), [self._subject.path]
        first = Arm("pyright, server's start and base")
        with first.turn():
            checker.compare(mirror, mirror, before=paths, paths=())
        for number in range(6):  # after the fifth use another server is started beside it
            over = mirror.over({self._subject.path: f"{self._subject.base}\nA = {number}\n"})
            checker.compare(mirror, over, before=paths, paths=paths)
        settle()
        warm, answers = Arm("pyright, server"), list[Check]()
        for edit in self._subject.edits:
            after = mirror.over({self._subject.path: edit})
            with warm.turn():
                answers.append(checker.compare(mirror, after, before=paths, paths=paths)[1])
        warm.mib = resident_mib()
        checker.close()
        cold = Arm("pyright, a new start")
        for edit, one in list(zip(self._subject.edits, answers, strict=True))[:COLD]:
            with cold.turn():
                other = checker.check(mirror.over({self._subject.path: edit}), paths=paths)
            _answered(one, other)
            if one.findings != other.findings:
                print("NOT EQUAL", set(one.findings) ^ set(other.findings))
        for arm in (first, cold, warm):
            print(arm.row(), flush=True)

    def gates(self) -> None:
        """Measures the whole verdict with more and more analyzers."""
        quick = (text, secrets, ruff) if self._python else (text, secrets)
        self._gate("gate: own detectors", [])
        if not self._python:
            self._gate("gate: and types", [*quick, typescript])
            self._gate("gate: and types and eslint", [*quick, typescript, eslint])
            return
        self._gate("gate: and ruff", quick)
        self._gate("gate: and pyright's server", [*quick, pyright])
        self._gate("gate: and pyright started anew", [*quick, pyright], confirm=True)

    def _gate(self, name: str, modules: Sequence[object], *, confirm: bool = False) -> None:
        gate = StaticGate(
            [getattr(module, "create")(self._context) for module in modules],  # noqa: B009
            profile=replace(self._profile, confirm_cold=confirm),
            workspace=LocalWorkspace(),
            scratch=self._folder / "gates",
        )
        gate.read_scripts_in(self._context)
        gate.prepare(self._subject.root)
        settle()
        # A confirmed candidate takes seconds; its gate is measured before a standby is started.
        warmings, turns = (2, 2) if confirm else (6, len(self._subject.edits))
        for number in range(warmings):
            self._judge(gate, f"{self._subject.edits[number % turns]}\n")
        settle()
        arm = Arm(name)
        for edit in self._subject.edits[:turns]:
            with arm.turn():
                self._judge(gate, edit)
        arm.mib = resident_mib()
        print(arm.row(), flush=True)
        gate.close()

    def _judge(self, gate: StaticGate, after: str) -> None:
        path, base = self._subject.path, self._subject.base
        ref = FileRef(path, digest_of(base))
        task = Task(str(self._subject.root), TaskKind.REQUEST, "Edit it", (ref,))
        patch = patch_between({path: base}, {path: after})
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
    room = "sealed" if sealed else "open"
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {room} room")
    for package in os.environ.get("PACKAGES", ",".join(PACKAGES)).split(","):
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n{package}, ", end="")
            root = Path(folder) / "repo"
            root.mkdir()
            made = _zod(root, count) if package == "zod" else _python(package, root, count)
            print(HEADS)
            bench = Bench(made, Path(folder), sealed=sealed)
            bench.analyzers()
            bench.gates()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(numbers[0] if numbers else 12, sealed="sealed" in sys.argv)
