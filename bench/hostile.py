"""Runs the hostile corpus against the real command, and against other tools as people start them.

    python bench/hostile.py [--family F]... [--case NAME]...          this product
    python bench/hostile.py --user [--forks] ...                      as an ordinary user, from root
    python bench/hostile.py --tools FOLDER [--tool NAME]...           other tools, inside bubblewrap

Each command is started as a person would; with `--forks` most are forked from a process that has
imported the product, as in the tests.

Prints one line for each thing that went wrong and a table by family; the exit code is 1 when this
product did any harm. For the others a Python environment and Node packages are installed into
FOLDER once; each of them is started with its default invocation in the root of the repository, with
the network taken away and the whole machine read-only but for the throw-away folder, because much
of the corpus does run there. What a tool keeps in the tree and in the person's cache is not counted
as written. A tool that takes more than 20 seconds of processor time or a minute counts as hung.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / "tests" / "hostile")]

from hostile_cases import Case, Unmakeable, cases
from hostile_starts import FORK_SERVER, Forks, Person
from hostile_users import ORDINARY_UID, installation_for_everybody
from hostile_world import Evidence, Machine, Step, alive, machine

HARMS = (
    *("executed", "leaked", "written", "connected", "hung", "crashed", "silenced", "deceived"),
    "unclear",
)
FOR_OTHERS = (
    *("configuration", "interpreter", "links", "special files", "names", "size", "nesting"),
    *("spinning", "bytes", "terminal"),
)
MEMORY_KIB = 6 << 20
CPU_S_MAX = 20
WALL_S_MAX = 60.0
KILLED_FOR_CPU = {128 + 24, 128 + 9, -24, -9}


@dataclass(frozen=True)
class Tool:
    """Another tool.

    Attributes:
        name: as people know it.
        install: what installs it, by kind of package.
        argv: its default invocation after the folder of programs.
        finds: how its report names the planted fault.
        families: of cases that it is tried on.
    """

    name: str
    install: str
    argv: tuple[str, ...]
    finds: str
    families: tuple[str, ...] = FOR_OTHERS


TOOLS = (
    Tool("mypy", "pip", ("venv/bin/mypy", "."), r"planted\.py.*undefined_total"),
    Tool("pylint", "pip", ("venv/bin/pylint", "--recursive=y", "."), r"planted\.py.*E0602"),
    Tool("bandit", "pip", ("venv/bin/bandit", "-r", "."), r"planted\.py"),
    Tool("ruff", "pip", ("venv/bin/ruff", "check", "."), r"F821[\s\S]*planted\.py"),
    Tool("eslint", "npm", ("node_modules/.bin/eslint", "."), r"planted", ("javascript",)),
)


def installed(folder: Path, tools: Sequence[Tool]) -> None:
    """Installs the tools into the folder unless they are there."""
    python = [tool.name for tool in tools if tool.install == "pip"]
    if python and not all((folder / "venv" / "bin" / name).exists() for name in python):
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        pip = [str(folder / "venv" / "bin" / "pip"), "install", "-q"]
        subprocess.run([*pip, *python], check=True)
    node = [tool.name for tool in tools if tool.install == "npm"]
    if node and not (folder / "node_modules").exists():
        npm = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run([*npm, *node], check=True)


def version_of(tool: Tool, folder: Path) -> str:
    """Returns what the tool says about its version."""
    done = subprocess.run(
        [str(folder / tool.argv[0]), "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\d+\.\d+(?:\.\d+)?", done.stdout)
    return found[0] if found else "?"


def boxed(made: Machine, tool: Tool, folder: Path) -> Step:
    """Runs another tool with nothing but the throw-away folder to write to."""
    # By its absolute path: the case may put programs of its own before it on the PATH.
    box = [
        shutil.which("bwrap") or "/usr/bin/bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
    ]
    box += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", tempfile.gettempdir()]
    box += ["--ro-bind", str(folder), str(folder), "--bind", str(made.folder), str(made.folder)]
    box += ["--chdir", str(made.root)]
    memory = f"ulimit -v {MEMORY_KIB};"
    if tool.install == "npm":
        memory = ""  # Node reserves more addresses than it uses
    limit = ["/bin/sh", "-c", f'{memory} ulimit -t {CPU_S_MAX}; exec "$@"', "sh"]
    return made.started(
        tool.name, [*box, *limit, str(folder / tool.argv[0]), *tool.argv[1:]], where=made.root
    )


def evidence_of(made: Machine, tool: Tool, step: Step) -> Evidence:
    """Returns what went wrong with another tool, by the same watch."""
    own = made.evidence([step])
    tree = str(made.root.relative_to(made.folder))
    usual = (tree, "home", "cache", "config", "data", "state", "temporary")
    own.written = [path for path in own.written if not path.startswith(usual)]
    said = step.out + step.err
    own.unclear, own.deceived = (
        [],
        own.deceived if made.case.family in {"names", "terminal"} else [],
    )
    own.crashed = []
    if step.code in KILLED_FOR_CPU:
        own.hung = [f"{CPU_S_MAX} seconds of processor time"]
    elif not own.hung and (step.code < 0 or step.code > 128):  # bubblewrap's word for a signal
        own.crashed = [f"ended with signal {-step.code if step.code < 0 else step.code - 128}"]
    elif re.search(r"Traceback \(most recent|INTERNAL ERROR|ruff crashed|panicked", said):
        own.crashed = ["an internal error"]
    silent = step.code == 0 and not re.search(tool.finds, said)
    own.silenced = ["exit code 0"] if silent and made.case.expect.planted else []
    return own


@contextmanager
def person_of(*, user: bool, forks: bool) -> Generator[Person]:
    """Yields who is attacked."""
    with ExitStack() as stack:
        uid, programs, script = None, Path(sys.executable).parent, FORK_SERVER
        if user:
            uid, programs = ORDINARY_UID, stack.enter_context(installation_for_everybody())
            script = Path(shutil.copy(FORK_SERVER, programs))
        server = Forks(programs / "python", script=script, uid=uid) if forks else None
        if server:
            stack.enter_context(closing(server))
        yield Person(programs, uid, server)


def attacks(
    chosen: Sequence[tuple[str, Case]], person: Person
) -> Iterator[tuple[str, Case, Evidence]]:
    """Attacks this product with each case and yields what went wrong."""
    for name, case in chosen:
        with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as parent:
            Path(parent).chmod(0o755)
            try:
                with machine(Path(parent) / "m", case, person) as made:
                    _steps, evidence = made.attack()
                    evidence.crashed += [f"afterwards: {w}" for w in alive(made)]
            except Unmakeable as error:
                print(f"{name}: cannot be made here: {error}")
                continue
        yield name, case, evidence


def others(
    chosen: Sequence[tuple[str, Case]], tool: Tool, folder: Path
) -> Iterator[tuple[str, Case, Evidence]]:
    """Attacks another tool with each case that fits it and yields what went wrong."""
    for name, case in chosen:
        fits = case.family in tool.families and "check" in case.drive and not case.race
        if not fits:
            continue
        limited = case.model_copy(update={"limit_s": WALL_S_MAX})
        with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as parent:
            try:
                with machine(Path(parent) / "m", limited) as made:
                    made.before = made.snapshot()
                    step = boxed(made, tool, folder)
                    evidence = evidence_of(made, tool, step)
            except Unmakeable as error:
                print(f"{name}: cannot be made here: {error}")
                continue
        yield name, case, evidence


class Table:
    """Counts by family."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.harms: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, case: Case, evidence: Evidence) -> None:
        """Counts one case and prints what went wrong."""
        self.cases[case.family] += 1
        for harm in HARMS:
            found: list[str] = getattr(evidence, harm)
            if found:
                self.harms[case.family, harm] += 1
                print(f"  {name}: {harm}: {found[0][:200]}", flush=True)

    def show(self, title: str) -> None:
        """Prints the table as Markdown."""
        print(f"\n{title}\n\n| family | cases | {' | '.join(HARMS)} |")
        print("| --- |" + " ---: |" * (len(HARMS) + 1))
        for family, count in sorted(self.cases.items()):
            cells = (str(self.harms[family, harm]) for harm in HARMS)
            print(f"| {family} | {count} | {' | '.join(cells)} |")
        print(f"| all | {sum(self.cases.values())} | {' | '.join(self.totals())} |", flush=True)

    def totals(self) -> list[str]:
        """Returns the number of cases with each harm."""
        return [str(sum(n for (_f, h), n in self.harms.items() if h == harm)) for harm in HARMS]


def main() -> int:
    """Measures; returns 1 when this product did harm."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--user", action="store_true")
    parser.add_argument("--forks", action="store_true")
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--tool", action="append", default=[])
    asked = parser.parse_args()
    chosen = [
        (name, case)
        for name, case in cases().items()
        if (not asked.family or case.family in asked.family)
        and (not asked.case or name in asked.case)
    ]
    who = "root" if os.geteuid() == 0 and not asked.user else "an ordinary user"
    print(f"{len(chosen)} cases as {who} on {platform.system()} {platform.release()}", flush=True)
    began, table = time.monotonic(), Table()
    if asked.tools is None:
        with person_of(user=asked.user, forks=asked.forks) as person:
            for name, case, evidence in attacks(chosen, person):
                table.add(name, case, evidence)
        table.show(f"Playground, {time.monotonic() - began:.0f} s")
        return int(any(table.harms.values()))
    folder = asked.tools.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    tools = [tool for tool in TOOLS if not asked.tool or tool.name in asked.tool]
    installed(folder, tools)
    for tool in tools:
        table = Table()
        for name, case, evidence in others(chosen, tool, folder):
            table.add(name, case, evidence)
        table.show(f"{tool.name} {version_of(tool, folder)}, `{' '.join(tool.argv)}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
