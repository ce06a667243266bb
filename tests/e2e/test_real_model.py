"""The real command with the real embedded model, from a finding to a remembered approval."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from e2e_world import QUESTION, Ended, Machine, finish, git_apply

from playground.engines.weights import ModelStore
from playground.engines.weights.registry import RegistrySource

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("model")]
MODEL = "qwen2.5-coder-1.5b"
ANSWER_S = 300

SETTINGS = '''\
import json
import re
from pathlib import Path


def read_settings(path: Path) -> dict[str, str]:
    """Returns the settings of a file, none when it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except:
        return {}


def port_of(settings: dict[str, str]) -> int:
    """Returns the port that the settings name."""
    try:
        return int(settings["port"])
    except KeyError:
        raise ValueError("the settings name no port")


def name_of(line: str) -> str:
    """Returns the name in a line such as name=value."""
    found = re.match(r"(\\w+)=", line)
    return found.group(1)
'''

RECALL = """
import json
from playground.memory import MemoryStore

found = MemoryStore().fetch_semantic("exception raised without its cause", k=5)
print(json.dumps([[r.episode.outcome, r.episode.rule] for r in found]))
"""


@pytest.fixture
def machine(tmp_path: Path, model_cache: Path) -> Machine:
    """A machine whose model store is the person's own."""
    store = ModelStore(model_cache, sources=(RegistrySource(),))
    store.pull(MODEL, from_file=None, progress=lambda _: None)
    made = Machine(tmp_path, files={"settings.py": SETTINGS})
    made.prepare()
    (made.folder / "config" / "playground" / "model.yaml").unlink()
    # The built-in recipes would leave the model nothing to repair here.
    made.configure("cycles", {"sources": ["tool", "engine", "samples"]})
    cache = made.folder / "cache" / "playground"
    cache.mkdir(parents=True)
    (cache / "models").symlink_to(model_cache, target_is_directory=True)
    return made


def rules(end: Ended) -> set[object]:
    return {line["rule"] for line in end.results}


def test_a_small_file_is_improved_without_being_touched(machine: Machine) -> None:
    end = machine.improve(within_s=600)
    assert rules(end) == {"E722", "B904", "reportOptionalMemberAccess"}
    proposed = [line for line in end.results if line["outcome"] == "proposed"]
    assert len(proposed) >= 2, end.results
    assert end.code == (0 if len(proposed) == 3 else 1)
    assert (machine.root / "settings.py").read_text() == SETTINGS
    for line in proposed:
        assert line["added"] == []
        assert line["how"] == "repaired"
        git_apply(machine, line)
        changed = (machine.root / "settings.py").read_text()
        assert changed != SETTINGS
        ast.parse(changed)
        (machine.root / "settings.py").write_text(SETTINGS)
    tokens = cast("dict[str, int]", end.lines[-1]["tokens"])
    assert tokens["completion"] > 0
    machine.wait_for_orphans()
    assert machine.leftovers() == []


def test_an_approval_is_remembered(machine: Machine) -> None:
    child = machine.terminal("improve", ".", "--rule", "B904", "--max", "1")
    child.expect(QUESTION, timeout=ANSWER_S)
    child.sendline("a")
    child.expect("Written: settings.py")
    assert finish(child) == 0
    assert "from " in (machine.root / "settings.py").read_text().partition("KeyError")[2]
    script = subprocess.run(
        [sys.executable, "-c", RECALL],
        cwd=machine.folder,
        env=machine.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert script.returncode == 0, script.stderr
    assert json.loads(script.stdout) == [["approved", "B904"]]


def test_a_request_in_words_makes_a_file_that_passes(machine: Machine) -> None:
    task = "add a function clamp(value, low, high) that returns value kept between low and high"
    child = machine.terminal("generate", task, "--file", "numbers_kept.py")
    child.expect(QUESTION, timeout=ANSWER_S)
    child.sendline("a")
    assert finish(child) == 0
    made = ast.parse((machine.root / "numbers_kept.py").read_text())
    assert "clamp" in {node.name for node in made.body if isinstance(node, ast.FunctionDef)}
    checked = machine.run("check", "numbers_kept.py")
    assert checked.code == 0, checked.out


PRICES = '''\
TAX = 0.19


def with_tax(price: float) -> float:
    """Returns the price with tax."""
    return price * (1 + TAX)
'''
LABELS = '''\
from prices import with_tax


def label(name: str, price: float) -> str:
    """Returns what stands on the shelf."""
    return f"{name}: {with_tax(price):.2f} EUR"
'''


def test_a_request_in_words_changes_two_files(machine: Machine) -> None:
    (machine.root / "prices.py").write_text(PRICES)
    (machine.root / "labels.py").write_text(LABELS)
    task = (
        "give with_tax a parameter rate: float = TAX that it uses instead of TAX, "
        "and let label call with_tax(price, rate=0.07)"
    )
    patient = ("--set", f"model.request_deadline_s={ANSWER_S}")
    files = ("--file", "prices.py", "--file", "labels.py")
    child = machine.terminal(*patient, "generate", task, *files)
    child.expect(QUESTION, timeout=ANSWER_S)
    child.sendline("a")
    assert finish(child) == 0
    prices, labels = (ast.parse((machine.root / n).read_text()) for n in ("prices.py", "labels.py"))
    (function,) = (node for node in prices.body if isinstance(node, ast.FunctionDef))
    assert [argument.arg for argument in function.args.args] == ["price", "rate"]
    called = [n for n in ast.walk(labels) if isinstance(n, ast.Call) and name_in(n) == "with_tax"]
    assert [len(call.args) + len(call.keywords) for call in called] == [2]


def name_in(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
