"""What it costs to judge one candidate: each analyzer, cold and warm, and the gate as a whole.

    .venv/bin/python bench/analysis.py [candidates of each package, default 10] [open|sealed]

Takes less than five minutes on two idle processors and prints Markdown. Two installed packages of
a hundred files, rich and pydantic, and the TypeScript sources of zod and rxjs, which are fetched
from npm and compared with a digest (`ZOD=…/zod-4.6.7.tgz` and `RXJS=…/rxjs-7.8.2.tgz` take files
that are there already; `PACKAGES=zod` measures only some). A candidate is an edit of one function
in a file of about 1,000 lines; of rxjs it is the longest one.

A row is one way to analyse a candidate: wall time until the answer, and processor time of this
process and everything that it started until a moment after it, in milliseconds; and the memory of
the processes that stay. "A new start" begins a program for each candidate, a "first answer" also
reads the whole repository, and the others are asked again and again. Where bubblewrap is the room,
programs that end by themselves are not counted in processor time, so compare that in the open room
and wall time in the sealed one. Numbers of a machine that does other work too are upper bounds.

The gate is measured twice on candidates that nothing speaks against: "before it is confirmed" is
what each candidate of a batch costs, "and confirmed" what the one costs that is proposed.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import shutil
import sys
import sysconfig
import tarfile
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import Arm, resident_mib, settle

from playground.analyzers import eslint, pyright, ruff, secrets, text, typescript
from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots
from playground.analyzers.mirror.snapshot import neutralised
from playground.analyzers.profile import WANTED, AnalyzerContext, RuleProfile, Selection, Wanted
from playground.analyzers.profile.abilities import ChecksParts
from playground.config import ConfigManager
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import SourceFile, digest_of, patch_between
from playground.domain.ports import Analyzer, Mirror
from playground.domain.tasks import FileRef, Source, Task, TaskKind
from playground.domain.verdicts import Check, CheckStatus
from playground.security.process import open_room
from playground.security.reading import ReadingRules
from playground.security.room.sealed import SealedRoom
from playground.security.workspace import LocalWorkspace

LINES = 1_000
COLD = 2
WARMINGS = 6
HEADS = "| {} | n | wall p50 | p95 | cpu p50 | p95 | MiB |\n| --- |" + " ---: |" * 6
_PLACE = re.compile(r"(?<=[{};]\n) +(?=return\b)")


@dataclass(frozen=True, slots=True)
class Published:
    """TypeScript sources as they lie in a package of npm, and the file that is edited."""

    address: str
    sha256: str
    path: str
    options: str


SCRIPTS = {
    "zod": Published(
        "https://registry.npmjs.org/zod/-/zod-4.6.7.tgz",
        "84efd155bed93270286e793fc951be270b536cbd5b0eeb111f0fa3967201d698",
        "src/v4/core/util.ts",
        '{"compilerOptions": {"strict": true, "target": "es2022", "module": "nodenext"}}',
    ),
    "rxjs": Published(
        "https://registry.npmjs.org/rxjs/-/rxjs-7.8.2.tgz",
        "2312f8ffd9726ffd7bd53ea12c5f13663d09a3dc3326f448c70b88f5ef6fac82",
        "src/internal/testing/TestScheduler.ts",
        '{"compilerOptions": {"strict": true, "target": "es2022", "module": "esnext", '
        '"moduleResolution": "bundler"}}',
    ),
}
PACKAGES = ("rich", "pydantic", *SCRIPTS)


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository of its own, one of its files, edits of that, and edits with a new error."""

    root: Path
    path: str
    edits: Sequence[str]
    wrong: Sequence[str] = ()

    @property
    def base(self) -> str:
        return (self.root / self.path).read_text()

    def overlay(self, edit: str) -> dict[str, str]:
        """Returns an edit as analyzers see it, with comments that silence them blanked."""
        return {self.path: neutralised(SourceFile(self.path, edit))}


def _python(package: str, root: Path, count: int) -> Subject:
    installed = Path(sysconfig.get_path("purelib")) / package
    shutil.copytree(installed, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    files = {p: len(p.read_text().split("\n")) for p in root.rglob("*.py")}
    best = min(files, key=lambda file: abs(files[file] - LINES))
    path = best.relative_to(root).as_posix()
    print(HEADS.format(f"{path}, {files[best]} lines, {len(files)} files"), flush=True)
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


def _scripts(package: str, root: Path, count: int) -> Subject:
    published, given = SCRIPTS[package], os.environ.get(package.upper())
    packed = Path(given).read_bytes() if given else _fetched(published.address)
    if hashlib.sha256(packed).hexdigest() != published.sha256:
        raise SystemExit(f"{published.address} is not what it was.")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive.getmembers():
            path = Path(*Path(member.name).parts[1:])
            source = path.suffix == ".ts" and path.parts[0] == "src" and "tests" not in path.parts
            content = archive.extractfile(member)
            if content and ".." not in path.parts and (source or path.name == "package.json"):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content.read())
    (root / "tsconfig.json").write_text(published.options)
    path = published.path
    base = (root / path).read_text()
    lines, files = len(base.split("\n")), len([*root.rglob("*.ts")])
    print(HEADS.format(f"{path}, {lines} lines, {files} files"), flush=True)
    at = [found.start() for found in _PLACE.finditer(base)]
    chosen = [at[number * 7 % len(at)] for number in range(count)]

    def edited(statement: str) -> list[str]:
        added = [f"    {statement.format(n)}\n" for n in range(count)]
        return [base[:o] + line + base[o:] for o, line in zip(chosen, added, strict=True)]

    right = edited("console.log('checked', {});")
    return Subject(
        root, path, right, edited("const wrong{0}: string = {0}; console.log(wrong{0});")
    )


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
            self._asked("text, in this process", [text.create(self._context)], mirror)
            self._asked("secrets, in this process", [secrets.create(self._context)], mirror)
            if self._python:
                self._asked("ruff, a new start", [ruff.create(self._context)], mirror)
                self._pyright(mirror)
            else:
                self._worker("eslint", eslint, mirror)
                self._worker("typescript", typescript, mirror)
                both = [module.create(self._context) for module in (eslint, typescript)]
                self._asked("both, worker, changed functions", both, mirror, parts=True)
                both[0].close()  # they share the worker
        mirrors.close()

    def _asked(
        self, name: str, analyzers: Sequence[Analyzer], mirror: Mirror, *, parts: bool = False
    ) -> None:
        arm, paths = Arm(name), [self._subject.path]
        checks = [getattr(one, "check_parts" if parts else "check") for one in analyzers]
        for edit in self._subject.edits[-WARMINGS:]:  # programs make code quick that runs often
            over = mirror.over(self._subject.overlay(f"{edit}\n"))
            _answered(*(check(over, paths=paths) for check in checks))
        for edit in self._subject.edits:
            over = mirror.over(self._subject.overlay(edit))
            with arm.turn():
                answers = [check(over, paths=paths) for check in checks]
            _answered(*answers)
        arm.mib = resident_mib()
        print(arm.markdown(), flush=True)

    def _worker(self, name: str, module: object, mirror: Mirror) -> None:
        first, paths = Arm(f"{name}, start and first answer"), [self._subject.path]
        create = getattr(module, "create")  # noqa: B009
        for _ in range(COLD):
            analyzer = create(self._context)
            with first.turn():
                _answered(analyzer.check(mirror, paths=paths))
            analyzer.close()
        print(first.markdown(), flush=True)
        analyzer = create(self._context)
        _answered(analyzer.check(mirror, paths=paths))
        self._asked(f"{name}, worker, whole file", [analyzer], mirror)
        self._asked(f"{name}, worker, changed functions", [analyzer], mirror, parts=True)
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
            print(arm.markdown(), flush=True)

    def gates(self) -> None:
        """Measures the whole verdict with more and more analyzers."""
        quick = (text, secrets, ruff) if self._python else (text, secrets)
        self._gate("gate: own detectors", [])
        if self._python:
            self._gate("gate: and ruff", quick)
            slow, how = [*quick, pyright], "gate: and pyright's server"
        else:
            slow, how = [*quick, eslint, typescript], "gate: and lint and types"
            self._gate(f"{how}, one that fails", slow, confirm=True, wrong=True)
        self._gate(f"{how}, before it is confirmed", slow)
        self._gate(f"{how}, and confirmed", slow, confirm=True)

    def _gate(
        self, name: str, modules: Sequence[object], *, confirm: bool = False, wrong: bool = False
    ) -> None:
        analyzers = [getattr(module, "create")(self._context) for module in modules]  # noqa: B009
        for analyzer in () if confirm else analyzers:
            _without_confirmation(analyzer)
        gate = StaticGate(
            analyzers,
            # A script is looked at in parts only where whole files are asked about afterwards.
            profile=replace(self._profile, confirm_cold=confirm or not self._python),
            workspace=LocalWorkspace(),
            scratch=self._folder / "gates",
        )
        gate.read_scripts_in(self._context)
        gate.prepare(self._subject.root)
        settle()
        edits = self._subject.wrong if wrong else self._subject.edits
        # What starts anew takes seconds; its gate is measured before a standby is started.
        anew = confirm and self._python
        warmings, turns = (2, 2) if anew else (WARMINGS, len(edits))
        for number in range(warmings):
            self._judge(gate, f"{edits[-1 - number]}\n")
        settle()
        arm = Arm(name)
        for edit in edits[:turns]:
            with arm.turn():
                self._judge(gate, edit)
        arm.mib = resident_mib()
        print(arm.markdown(), flush=True)
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


def _without_confirmation(analyzer: Analyzer) -> None:
    """Lets an analyzer say of whole files what it said of their parts, which costs nothing.

    So a candidate that passes is confirmed for nothing, and what it cost before that is measured.
    """
    if not isinstance(analyzer, ChecksParts):
        return
    whole, parts, said = analyzer.check, analyzer.check_parts, list[tuple[object, Check]]()

    def check_parts(mirror: Mirror, *, paths: Sequence[str]) -> Check:
        said[:] = [(mirror.overlay, parts(mirror, paths=paths))]
        return said[0][1]

    def check(mirror: Mirror, *, paths: Sequence[str]) -> Check:
        same = [check for overlay, check in said if overlay == mirror.overlay]
        return same[0] if same else whole(mirror, paths=paths)

    setattr(analyzer, "check_parts", check_parts)  # noqa: B010
    setattr(analyzer, "check", check)  # noqa: B010


def _answered(*checks: Check) -> None:
    for check in checks:
        if check.status is not CheckStatus.OK:
            print("NO ANSWER", check.tool, check.status, check.detail)


def main(count: int, *, sealed: bool) -> None:
    """Prints a table for each package."""
    room = "sealed" if sealed else "open"
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"{os.cpu_count()} processors, {load}, {room} room, {count} candidates")
    for package in os.environ.get("PACKAGES", ",".join(PACKAGES)).split(","):
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n### {package}\n")
            root = Path(folder) / "repo"
            root.mkdir()
            made = (_scripts if package in SCRIPTS else _python)(package, root, count)
            bench = Bench(made, Path(folder), sealed=sealed)
            bench.analyzers()
            bench.gates()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    main(numbers[0] if numbers else 10, sealed="sealed" in sys.argv)
