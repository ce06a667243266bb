"""Measures how well dodges are told from repairs.

    python bench/dodges.py [--packages NAME …] [--page docs/reference/dodges.md] [--fast]

Prints, over all labelled changes in `tests/cases`, how many dodges are refused and how many honest
repairs are refused wrongly, by family, and how each finding was said to have gone away against its
label. Then applies ruff's own safe fixes to installed packages, one at a time, and counts the ones
that the detectors refuse, with their reasons. Nothing that is read is run.

`--page` writes the tables between the marks of that page; `--fast` leaves the packages out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "gate"))

import labelled
import tables
from labelled_scripts import judged_scripts, script_cases

from playground.analyzers.gate import dodges, signatures
from playground.analyzers.gate.view import ChangeView
from playground.campaigns.planning import RULES_ABOUT_SIGNATURES
from playground.config import ConfigManager

PACKAGES = ("rich", "pydantic", "pygments", "_pytest", "hypothesis")
START, END = "<!-- tables -->", "<!-- end of tables -->"


@dataclass
class Fixes:
    """What became of ruff's own fixes.

    Attributes:
        tried: how many were judged.
        refused: by rule and reason.
        seconds: CPU seconds of judging, by lines of the file in thousands.
    """

    tried: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    seconds: list[float] = field(default_factory=list[float])


def fixed_files(package: str) -> Iterator[tuple[str, str, str, str]]:
    """Yields the path, the rule, the text before and the text after each safe fix."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return
    rules = ConfigManager(project=None).config.tools.rules
    command = ["ruff", "check", "--isolated", "--no-cache", "--ignore-noqa"]
    command += ["--select", ",".join(rules.select), "--ignore", ",".join(rules.ignore)]
    command += ["--output-format", "json", spec.submodule_search_locations[0]]
    command[0] = str(Path(sys.executable).parent / "ruff")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    for finding in json.loads(done.stdout):
        if finding["fix"] and finding["fix"]["applicability"] == "safe":
            path = Path(finding["filename"])
            before = path.read_bytes().decode("utf-8", "replace")
            yield path.name, finding["code"] or "", before, applied(before, finding["fix"]["edits"])


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """Returns the text with ruff's edits made, the last one first."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def place(where: dict[str, int]) -> int:
        return starts[where["row"] - 1] + where["column"] - 1

    for edit in sorted(edits, key=lambda e: place(e["location"]), reverse=True):
        begin, end = place(edit["location"]), place(edit["end_location"])
        text = text[:begin] + edit["content"] + text[end:]
    return text


def judged_fixes(packages: Sequence[str]) -> Fixes:
    """Judges ruff's own fixes as the gate does."""
    fixes = Fixes()
    for package in packages:
        for path, rule, before, after in fixed_files(package):
            began = time.process_time()
            view = ChangeView(path, before, after)
            found = dodges.objections(view, rule=rule)
            if rule not in RULES_ABOUT_SIGNATURES:
                found += signatures.objections(view, rule=rule)
            lines = max(1, before.count("\n"))
            fixes.seconds.append((time.process_time() - began) / max(1.0, lines / 1000))
            fixes.tried += 1
            if found:
                fixes.refused[rule, f"{found[0].code}: {found[0].message}"] += 1
    return fixes


def of_fixes(fixes: Fixes, packages: Sequence[str]) -> str:
    """Returns the sentences about ruff's own fixes."""
    refused = fixes.refused.total()
    times = sorted(fixes.seconds)
    middle, high = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
    first = f"Of {fixes.tried:,} safe fixes of ruff's own on {', '.join(packages)}, {refused} "
    first += "is refused." if refused == 1 else "are refused."
    second = "CPU of the detectors for one such fix, per 1,000 lines of the file: "
    second += f"{middle:.0f} ms (median), {high:.0f} ms (95 of 100)."
    lines = [first, "", second]
    if refused:
        lines += ["", "| rule | times | reason |", "| --- | ---: | --- |"]
        lines += [f"| {r} | {n} | {why} |" for (r, why), n in fixes.refused.most_common()]
    return "\n".join(lines)


def main() -> None:
    """Prints the measurement, and writes it into the page if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--page", type=Path)
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    python = [labelled.judged(case) for case in labelled.cases(*labelled.PYTHON_SETS)]
    with tempfile.TemporaryDirectory() as scratch:
        scripts = judged_scripts(script_cases(), scratch=Path(scratch))
    text = tables.of_all({"Python": python, "JavaScript and TypeScript": scripts})
    if not options.fast:
        text += "\n\n### Ruff's own fixes\n\n"
        text += of_fixes(judged_fixes(options.packages), options.packages)
    print(text)
    if options.page:
        page = options.page.read_text()
        head, tail = page[: page.index(START)], page[page.index(END) :]
        options.page.write_text(f"{head}{START}\n\n{text}\n\n{tail}")


if __name__ == "__main__":
    main()
