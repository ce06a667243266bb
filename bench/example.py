"""Measures the main job on the example project: repaired share, seconds, tokens, tests kept green.

    python bench/example.py [--project examples/stockroom] [--engine local] [--max N]

Copies the project, runs `playground improve --apply never --format json` on the copy, and then, for
every proposal, applies it alone to a fresh copy, runs the project's own tests there, and asks
`git apply --check` whether the diff applies. The tests are run by this bench only; the product
never runs them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def improve(project: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Returns the JSON lines of one head-less run."""
    command = [sys.executable, "-P", "-m", "playground", "improve", str(project)]
    command += ["--apply", "never", "--format", "json"]
    command += ["--engine", options.engine] if options.engine else []
    command += ["--max", str(options.max)] if options.max else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"improve ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def copied(project: Path) -> Iterator[Path]:
    """Yields a throw-away copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / project.name
        shutil.copytree(
            project, copy, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache")
        )
        (copy / ".git").mkdir()
        yield copy


def kept_green(project: Path, diff: str) -> tuple[bool, bool]:
    """Returns whether the diff applies with git, and whether the tests pass with it."""
    for copy in copied(project):
        (copy / ".git").rmdir()
        subprocess.run(["git", "init", "-q", str(copy)], check=True)
        applied = subprocess.run(
            ["git", "apply", "--whitespace=nowarn"], input=diff, text=True, cwd=copy, check=False
        )
        if applied.returncode:
            return False, False
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            "/dev/null",
        ]
        tests = subprocess.run(
            [*command, "--rootdir", ".", "tests"], cwd=copy, capture_output=True, check=False
        )
        return True, tests.returncode == 0
    raise AssertionError


def main() -> None:
    """Prints a table and a summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=ROOT / "examples" / "stockroom")
    parser.add_argument("--engine", default="")
    parser.add_argument("--max", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="writes the JSON lines here")
    parser.add_argument("--lines", type=Path, help="judges these JSON lines of an earlier run")
    options = parser.parse_args()
    project = options.project.resolve()
    if options.lines:
        lines = [json.loads(line) for line in options.lines.read_text().splitlines()]
    else:
        for copy in copied(project):
            lines = improve(copy, options)
    if options.keep:
        options.keep.write_text("".join(json.dumps(line) + "\n" for line in lines))
    findings = [line for line in lines if line["type"] == "finding"]
    applies = green = 0
    for line in findings:
        note = line["reason"]
        if line["outcome"] == "proposed":
            fits, passes = kept_green(project, line["diff"])
            applies += fits
            green += passes
            note = f"{line['source']}, tests {'green' if passes else 'RED'}"
        seconds = f"{line['seconds']:6.1f} s"
        print(
            f"{line['outcome']:9} {seconds} {line['rule']:28} {line['path']}:{line['line']} {note}"
        )
    proposed = [line for line in findings if line["outcome"] == "proposed"]
    tried = [line for line in findings if line["outcome"] in {"proposed", "gave_up"}]
    print(f"\nfindings {len(findings)}, outcomes {dict(Counter(f['outcome'] for f in findings))}")
    print(f"proposed {len(proposed)}/{len(tried)} = {len(proposed) / max(1, len(tried)):.0%}")
    print(f"diffs that git applies {applies}/{len(proposed)}, tests green {green}/{len(proposed)}")
    print(f"sources {dict(Counter(f['source'] for f in proposed))}")
    print(f"added findings in proposals {sum(len(f['added']) for f in proposed)}")
    if tried:
        seconds = [f["seconds"] for f in tried]
        tokens = [f["tokens"]["prompt"] + f["tokens"]["completion"] for f in tried]
        print(f"seconds a finding: median {statistics.median(seconds):.1f}, sum {sum(seconds):.0f}")
        print(f"tokens a finding: median {statistics.median(tokens):.0f}, sum {sum(tokens)}")


if __name__ == "__main__":
    main()
