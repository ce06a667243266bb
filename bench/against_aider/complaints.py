"""What ruff and pyright say of a file when nothing of the product's judgement stands behind them.

They are asked with the default profile's rules and no configuration of the package, and comments
that would silence them do not count. Run as a program, this is Aider's lint command: it complains
while the finding is there, and of what its tool says since that it did not say before.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

import playground
from playground.security.programs import Program, command_of

TOOLS = ("ruff", "pyright")
_TOLD_MAX = 5
_RUFF_ID = re.compile(r"[A-Z]+[0-9]+")


@dataclass(frozen=True)
class Complaint:
    """One sentence of a tool; lines count from 1."""

    tool: str
    rule: str
    line: int
    message: str


@dataclass(frozen=True)
class Lint:
    """What Aider's lint command has to know.

    Attributes:
        tool: whose finding it is.
        rule: of the finding.
        line: where it stands before.
        root: folder that imports are looked up in.
        before: how often each rule of the tool complained of the file before.
    """

    tool: str
    rule: str
    line: int
    root: str
    before: dict[str, int]

    def written(self, file: Path) -> Path:
        """Writes it down."""
        file.write_text(json.dumps(asdict(self)))
        return file


def complaints(
    file: Path, *, root: Path, rule: str, tools: Sequence[str] = TOOLS
) -> list[Complaint]:
    """Returns what the tools say of one file.

    Args:
        file: what they are asked about.
        root: folder that imports are looked up in.
        rule: of a finding in question, which only the package's own settings may have asked for.
        tools: who is asked.
    """
    said: list[Complaint] = []
    for tool in tools:
        said += _by_ruff(file, rule) if tool == "ruff" else _by_pyright(file, root, rule)
    return said


def counted(said: Sequence[Complaint]) -> Counter[tuple[str, str]]:
    """Returns how often each rule of each tool complains."""
    return Counter((complaint.tool, complaint.rule) for complaint in said)


@cache
def _rules() -> tuple[str, str]:
    file = Path(playground.__file__).parent / "config" / "tools.yaml"
    rules = yaml.safe_load(file.read_text())["rules"]
    return ",".join(rules["select"]), ",".join(rules["ignore"])


def _by_ruff(file: Path, rule: str) -> list[Complaint]:
    select, ignore = _rules()
    command = [*command_of(Program.RUFF), "check", "--isolated", "--no-cache", "--ignore-noqa"]
    command += ["--exit-zero", "--no-fix", "--output-format", "json"]
    command += ["--target-version", f"py3{sys.version_info.minor}"]
    command += ["--select", select, "--ignore", ignore]
    command += ["--extend-select", rule] if _RUFF_ID.fullmatch(rule) else []
    command += ["--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        Complaint(
            "ruff", item["code"] or "invalid-syntax", item["location"]["row"], item["message"]
        )
        for item in json.loads(done.stdout)
    ]


def _by_pyright(file: Path, root: Path, rule: str) -> list[Complaint]:
    with tempfile.TemporaryDirectory() as folder:
        # Paths in a configuration are relative to it.
        tree, asked = os.path.relpath(root, folder), os.path.relpath(file, folder)
        # An environment without packages, so that nothing is found that lies here by chance.
        (Path(folder) / "none" / "lib" / "python3" / "site-packages").mkdir(parents=True)
        config = Path(folder) / "pyrightconfig.json"
        settings = {
            "include": [asked],
            "exclude": [],
            "executionEnvironments": [{"root": tree, "extraPaths": [f"{tree}/src"]}],
            "venvPath": ".",
            "venv": "none",
            "pythonVersion": f"3.{sys.version_info.minor}",
            "typeCheckingMode": "standard",
            "enableTypeIgnoreComments": False,
            "reportMissingModuleSource": "none",
            **({rule: "error"} if rule.startswith("report") else {}),
        }
        config.write_text(json.dumps(settings))
        command = [*command_of(Program.PYRIGHT), "--outputjson", "-p", str(config)]
        environment = {"PATH": f"{folder}/no-programs", "HOME": folder}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return [
        Complaint(
            "pyright",
            item.get("rule") or "syntax",
            item["range"]["start"]["line"] + 1,
            " ".join(item["message"].split()),
        )
        for item in json.loads(done.stdout)["generalDiagnostics"]
        if "range" in item
    ]


def linted(lint: Lint, file: Path) -> list[Complaint]:
    """Returns what is still wrong: the finding nearest to where it was, and what is new."""
    said = complaints(file, root=Path(lint.root), rule=lint.rule, tools=[lint.tool])
    now = Counter(complaint.rule for complaint in said)
    left = [c for c in said if c.rule == lint.rule and now[c.rule] >= lint.before.get(c.rule, 0)]
    left = sorted(left, key=lambda c: abs(c.line - lint.line))[:1]
    new = [c for c in said if c.rule != lint.rule and now[c.rule] > lint.before.get(c.rule, 0)]
    return (left + new)[:_TOLD_MAX]


def main() -> int:
    """Prints what is wrong as linters do."""
    lint, name = Lint(**json.loads(Path(sys.argv[1]).read_text())), sys.argv[2]
    wrong = linted(lint, Path(name).resolve())
    for complaint in wrong:
        sys.stdout.write(f"{name}:{complaint.line}: {complaint.rule} {complaint.message}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
