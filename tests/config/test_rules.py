"""The default rules exist in the pinned ruff, find faults, and leave matters of taste alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from playground.config import ConfigManager

FAULTY = """
import hashlib, subprocess
from datetime import datetime

def add(item, items=[]):
    items.append(item)
    return items

def find(db, name):
    try:
        return db.execute(f"select * from t where name = '{name}'")
    except:
        pass

def weak(data):
    return hashlib.md5(data).hexdigest()

def loose(values):
    if values == None:
        return True
    else:
        return False

def reread(path):
    handle = open(path)
    return handle.read()

def translate(error):
    try:
        int(error)
    except ValueError:
        raise RuntimeError("no")
"""

TASTE = """
def check(value):
    assert value, "needed"
    options = dict(a=1)
    double = lambda x: x * 2
    return double(options["a"])
"""


@pytest.fixture
def ruff() -> str:
    program = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert program is not None
    return program


def found(ruff: str, text: str, tmp_path: Path) -> tuple[set[str], str]:
    rules = ConfigManager(project=None, environ={}).config.tools.rules
    file = tmp_path / "a.py"
    file.write_text(text)
    done = subprocess.run(
        [
            *(ruff, "check", "--isolated", "--no-cache", "--output-format", "json"),
            *("--select", ",".join(rules.select), "--ignore", ",".join(rules.ignore)),
            str(file),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    return {entry["code"] for entry in json.loads(done.stdout)}, done.stderr


def test_faults_are_found(ruff: str, tmp_path: Path) -> None:
    codes, words = found(ruff, FAULTY, tmp_path)
    assert {"F401", "B006", "S608", "E722", "S110", "S324", "E711", "SIM115", "B904"} <= codes
    assert {"SIM103", "RET505"} & codes
    assert words == ""


def test_taste_is_left_alone(ruff: str, tmp_path: Path) -> None:
    assert found(ruff, TASTE, tmp_path) == (set(), "")


def test_every_entry_names_rules_that_exist(ruff: str) -> None:
    done = subprocess.run(
        [ruff, "rule", "--all", "--output-format", "json"], capture_output=True, check=True
    )
    known = [rule["code"] for rule in json.loads(done.stdout) if rule["code"]]
    rules = ConfigManager(project=None, environ={}).config.tools.rules
    for entry in (*rules.select, *rules.ignore):
        assert any(code.startswith(entry) for code in known), entry
    for entry in rules.ignore:
        assert any(entry.startswith(chosen) for chosen in rules.select), entry
