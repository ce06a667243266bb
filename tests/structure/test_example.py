"""The example project: green by its own tests, and with findings enough to show something."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

STOCKROOM = Path(__file__).resolve().parents[2] / "examples" / "stockroom"
RULES = "E4,E7,E9,F,B,S,SIM,C4,PLE,PLW,PIE"


@pytest.fixture
def stockroom(tmp_path: Path) -> Path:
    """A copy of the example, so that nothing is left behind in the repository."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    return shutil.copytree(STOCKROOM, tmp_path / "stockroom", ignore=ignored)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of this Python in the folder."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def lint(folder: Path, *options: str) -> Counter[str]:
    """Counts ruff's findings by rule."""
    arguments = ["check", "--isolated", "--no-cache", "--output-format", "json", *options]
    done = run(folder, "ruff", *arguments, "--target-version", "py311", "stockroom")
    return Counter(str(finding["code"]) for finding in json.loads(done.stdout))


@pytest.mark.slow
def test_its_own_tests_are_green(stockroom: Path) -> None:
    done = run(stockroom, "pytest", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "80 passed" in done.stdout


def test_ruff_finds_faults_that_it_cannot_fix(stockroom: Path) -> None:
    before = lint(stockroom, "--select", RULES)
    left = lint(stockroom, "--select", RULES, "--fix", "--unsafe-fixes")
    assert before.total() >= 24
    assert left.total() >= 20
    assert len(left) >= 14, "many kinds, not one kind many times"


def test_its_own_tests_have_no_findings(stockroom: Path) -> None:
    done = run(stockroom, "ruff", "check", "--no-cache", "tests")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_pyright_finds_faults(stockroom: Path) -> None:
    done = run(stockroom, "pyright", "--outputjson", "stockroom")
    rules = Counter(str(d["rule"]) for d in json.loads(done.stdout)["generalDiagnostics"])
    assert rules.total() >= 10
    assert len(rules) >= 8
