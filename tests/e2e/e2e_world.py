"""The real command on a small repository, in processes with folders of their own.

Seven files with one finding each, one of which only pyright sees. The script answers the greedy
question with something useless for four of them, so that samples are asked for too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pexpect

from playground.domain.audits import AuditReport
from playground.domain.events import CandidateGenerated
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.journal.sqlite import SqliteJournal

QUESTION = r"\[a\]pprove \[e\]dit \[r\]eject \[s\]kip \[q\]uit"
END_S = 120.0

FILES = {
    "ports.py": """\
def port_of(text: str) -> int:
    try:
        return int(text)
    except:
        return 8080
""",
    "causes.py": """\
def number_of(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise RuntimeError("no number")
""",
    "names.py": """\
import re


def name_of(line: str) -> str:
    found = re.match(r"(\\w+)=", line)
    return found.group(1)
""",
    "lists.py": """\
def gathered(item: str, into: list[str] = []) -> list[str]:
    into.append(item)
    return into
""",
    "nones.py": """\
def is_missing(value: str | None) -> bool:
    return value == None
""",
    "kinds.py": """\
def is_number(value: object) -> bool:
    return type(value) == int
""",
    "pairs.py": """\
def paired(keys: list[str], values: list[int]) -> dict[str, int]:
    return dict(zip(keys, values))
""",
}

REPAIRS = {
    "port_of": ("except:", "except ValueError:"),
    "number_of": (
        'except ValueError:\n        raise RuntimeError("no number")',
        'except ValueError as error:\n        raise RuntimeError("no number") from error',
    ),
    "name_of": (
        "    return found.group(1)",
        """\
    if found is None:
        raise ValueError("no name in the line")
    return found.group(1)""",
    ),
    "gathered": (
        "into: list[str] = []) -> list[str]:\n",
        "into: list[str] | None = None) -> list[str]:\n    if into is None:\n        into = []\n",
    ),
    "is_missing": ("value == None", "value is None"),
    "is_number": ("type(value) == int", "isinstance(value, int)"),
    "paired": ("zip(keys, values)", "zip(keys, values, strict=False)"),
}

USELESS = {  # what the greedy answer is where the samples must help
    "port_of": "I would rather not.",
    "name_of": "```python\ndef name_of(line: str) -> str:\n    return line\n```",
    "gathered": "```python\ndef other() -> None:\n    return None\n```",
    "paired": "```python\n" + FILES["pairs.py"] + "```",
}


def repaired(function: str) -> str:
    """Returns the text of the function's file after its repair."""
    text = next(t for t in FILES.values() if f"def {function}(" in t)
    return text.replace(*REPAIRS[function])


def script(*, delay_s: float = 0.0) -> list[dict[str, object]]:
    """Returns the lines of the scripted engine."""
    lines: list[dict[str, object]] = []
    for function in REPAIRS:
        text = repaired(function)
        good = f"Change: as asked.\n\n```python\n{text[text.index('def ') :]}```\n"
        answer = [USELESS[function], good] if function in USELESS else good
        asked = rf"(?s)\nProblem.*def {function}\("  # a rule's example before it may have the name
        lines.append({"pattern": asked, "answer": answer, "delay_s": delay_s})
    return lines


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """Standard output as one JSON object a line."""
        return [cast("dict[str, object]", json.loads(line)) for line in self.out.splitlines()]

    @property
    def results(self) -> list[dict[str, object]]:
        """The lines about findings."""
        return [line for line in self.lines if line["type"] == "finding"]

    @property
    def outcomes(self) -> list[object]:
        """What became of each finding."""
        return [line["outcome"] for line in self.results]

    @property
    def sentences(self) -> list[str]:
        """What the product says about its end on standard error."""
        mark = "playground: "
        return [x.removeprefix(mark) for x in self.err.splitlines() if x.startswith(mark)]


@dataclass(frozen=True)
class Machine:
    """One person's folders, their repository and the script that answers.

    Attributes:
        folder: holds everything.
        name: of the repository's folder.
    """

    folder: Path
    name: str = "repository"
    files: Mapping[str, str | bytes] = field(default_factory=lambda: FILES)

    @property
    def root(self) -> Path:
        """The repository."""
        return self.folder / self.name

    @property
    def state(self) -> Path:
        """Playground's state folder, where the journal lies."""
        return self.folder / "state" / "playground"

    @property
    def temporary(self) -> Path:
        """What the process takes for the system's temporary folder."""
        return self.folder / "temporary"

    @property
    def asked(self) -> list[str]:
        """Ids of the requests that reached the engine, oldest first."""
        log = self.folder / "calls.log"
        return [x.split()[2] for x in log.read_text().splitlines()] if log.exists() else []

    def prepare(
        self, *, delay_s: float = 0.0, settings: Mapping[str, object] | None = None
    ) -> None:
        """Writes the repository, the configuration and the script."""
        self.root.mkdir(parents=True)
        self.temporary.mkdir()
        (self.root / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "1"\n')
        for path, text in self.files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        answers = self.folder / "answers.yaml"
        answers.write_text("\n".join(json.dumps(line) for line in script(delay_s=delay_s)))
        engine = {"kind": "scripted", "file": str(answers), "log": str(self.folder / "calls.log")}
        self.configure("model", {"engine": "answers", "engines": {"answers": engine}})
        self.configure("cycles", {"sources": ["engine", "samples"]})
        if settings:
            self.configure("tools", settings)

    def configure(self, section: str, settings: Mapping[str, object]) -> None:
        """Writes one file of the person's own configuration."""
        folder = self.folder / "config" / "playground"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{section}.yaml").write_text(json.dumps(settings))

    def environment(self, **more: str) -> dict[str, str]:
        """Returns the environment of the person's processes."""
        places = {
            f"XDG_{name.upper()}_HOME": str(self.folder / name)
            for name in ("config", "data", "cache", "state")
        }
        basic = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.folder)}
        return {**basic, **places, "TMPDIR": str(self.temporary), **more}

    def start(
        self, *argv: str, narrowed: str = "", stdout: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Starts the command in the repository."""
        return subprocess.Popen(
            command(*argv, narrowed=narrowed),
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: str, narrowed: str = "", within_s: float = END_S) -> Ended:
        """Runs the command to its end."""
        return ended(self.start(*argv, narrowed=narrowed), within_s=within_s)

    def improve(self, *argv: str, narrowed: str = "", within_s: float = END_S) -> Ended:
        """Improves the whole repository without a person."""
        return self.run(*HEADLESS, *argv, narrowed=narrowed, within_s=within_s)

    def terminal(self, *argv: str, narrowed: str = "", columns: int = 100) -> pexpect.spawn[str]:
        """Starts the command on a terminal."""
        program, *arguments = command(*argv, narrowed=narrowed)
        return pexpect.spawn(
            program,
            arguments,
            cwd=str(self.root),
            env=self.environment(TERM="xterm", NO_COLOR="1"),
            encoding="utf-8",
            timeout=END_S,
            dimensions=(40, columns),
        )

    def runs(self) -> list[Run]:
        """Returns the journal's runs as a copy has them, so that nothing is repaired by reading."""
        return self._on_copy()[0]

    def audit(self) -> AuditReport:
        """Verifies a copy of the journal."""
        return self._on_copy()[1]

    def _on_copy(self) -> tuple[list[Run], AuditReport]:
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        if self.state.exists():
            shutil.copytree(self.state, copy)
        journal = SqliteJournal(copy / "journal.sqlite")
        try:
            return journal.runs(), journal.verify()
        finally:
            journal.close()

    def tree(self) -> dict[str, str]:
        """Returns the digest of each file of the repository, by path."""
        return {
            p.relative_to(self.root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(self.root.rglob("*"))
            if p.is_file()
        }

    def leftovers(self) -> list[str]:
        """Returns what lies in temporary folders and should be gone.

        The memory's database makes an empty folder for spilled rows for some milliseconds; only
        the system's own cleaning removes it when the process dies meanwhile.
        """
        scratch = self.folder / "cache" / "playground" / "scratch"
        mine = self.root.rglob(".playground-*")
        spills = {
            p for p in self.temporary.glob(".tmp??????") if p.is_dir() and not any(p.iterdir())
        }
        found = [*({*self.temporary.rglob("*")} - spills), *scratch.rglob("*"), *mine]
        return [str(p.relative_to(self.folder)) for p in found]

    def wait_for_orphans(self, *, within_s: float = 60.0) -> None:
        """Waits until no process works below the folder any more.

        Raises:
            AssertionError: one does for too long.
        """
        end = time.monotonic() + within_s
        while left := list(self._processes()):
            assert time.monotonic() < end, f"still running: {left}"
            time.sleep(0.05)

    def _processes(self) -> Iterator[str]:
        """Yields command lines of processes whose working folder is ours, where /proc tells."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = (entry / "cwd").readlink().is_relative_to(self.folder)
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ") if is_ours else b""
            except OSError:
                continue
            if line:
                yield line.decode(errors="replace")


RUFF_ONLY: Mapping[str, object] = {"analyzers": ["ruff"]}
"""Settings with which every proof takes milliseconds."""

HEADLESS = ("improve", ".", "--apply", "never", "--format", "json")


def command(*argv: str, narrowed: str = "") -> list[str]:
    """Returns the command line of the product.

    Args:
        argv: its arguments.
        narrowed: a shell's script that becomes the command by `exec "$@"`, "" for none.
    """
    before = ["/bin/sh", "-c", narrowed, "sh"] if narrowed else []
    return [*before, sys.executable, "-P", "-m", "playground", *argv]


def git_apply(machine: Machine, result: Mapping[str, object]) -> None:
    """Applies a result's diff from the repository's root as a person would."""
    subprocess.run(
        ["/bin/sh", "-c", "git apply -"],
        input=cast("str", result["diff"]).encode(),
        cwd=machine.root,
        env=machine.environment(),
        check=True,
    )


def chance(seed: int, number: int) -> float:
    """Returns a number in [0, 1) that is the same on every machine."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def show(table: object) -> None:
    """Prints the fields of a table, for `pytest -s`."""
    rows = (f"{name.replace('_', ' '):>24} {value}\n" for name, value in vars(table).items())
    sys.stdout.write("\n" + "".join(rows))


def ended(process: subprocess.Popen[str], *, within_s: float = END_S) -> Ended:
    """Waits for the process's end; whatever happened, no traceback may be shown."""
    try:
        out, err = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"no end within {within_s} s: {err}") from None
    assert "Traceback" not in err, err
    return Ended(process.returncode, out or "", err or "")


def finish(child: pexpect.spawn[str]) -> int:
    """Waits for the end of a command on a terminal; returns its exit code."""
    child.expect(pexpect.EOF)
    child.close()
    assert "Traceback" not in (child.before or ""), child.before
    assert child.exitstatus is not None, f"ended by signal {child.signalstatus}"
    return child.exitstatus


def kill(process: subprocess.Popen[str]) -> bool:
    """Kills the process with the signal that nobody can catch; False when it had ended."""
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def recorded_requests(runs: Sequence[Run]) -> set[str]:
    """Returns the ids of all requests whose answers are in the journal.

    An id is made of the run, the position of the step's event and the seed.
    """
    found: set[str] = set()
    for run in runs:
        for seq, event in enumerate(run.events):
            if isinstance(event, CandidateGenerated) and event.source is not Source.TOOL:
                found |= {
                    f"{run.id}-{seq}-{'greedy' if seed is None else seed}"
                    for seed in (draft.provenance.seed for draft in event.drafts)
                }
    return found
