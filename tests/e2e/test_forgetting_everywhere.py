"""What is forgotten is gone from every byte of every folder of ours, as the pages say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e_world import QUESTION, RUFF_ONLY, Machine, finish

MARK = "zebraquux"
OTHER = "gnuquux"


def _file(mark: str) -> str:
    return f"""\
def {mark}_of(text: str) -> int:
    try:
        return int(text)
    except:
        {mark}_default = 8080
        return {mark}_default
"""


def _answer(mark: str) -> dict[str, object]:
    text = _file(mark).replace("except:", "except ValueError:")
    asked = rf"(?s)\nProblem.*def {mark}_of\("
    return {"pattern": asked, "answer": f"Change: as asked.\n\n```python\n{text}```\n"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path, files={f"{n}.py": _file(m) for n, m in (("a", MARK), ("b", OTHER))})
    made.prepare(settings=RUFF_ONLY)
    answers = "\n".join(json.dumps(_answer(mark)) for mark in (MARK, OTHER))
    (tmp_path / "answers.yaml").write_text(answers)
    return made


def _approved(machine: Machine, path: str) -> str:
    known = {run.id for run in machine.runs()}
    child = machine.terminal("improve", path)
    child.expect(QUESTION)
    child.sendline("a")
    finish(child)
    (run,) = (run for run in machine.runs() if run.id not in known)
    assert run.ended is not None
    assert run.ended.outcome == "applied"
    return run.id


def _holding(machine: Machine, mark: str) -> set[str]:
    """Returns our files that hold a mark, as they lie on the disk now."""
    found: set[str] = set()
    for name in ("config", "state", "data", "cache", "temporary"):
        for path in (machine.folder / name).rglob("*"):
            if path.is_file() and mark.encode() in path.read_bytes():
                found.add(path.relative_to(machine.folder).as_posix())
    return found


@pytest.mark.slow
def test_a_forgotten_episode_is_found_in_its_own_run_alone_and_then_nowhere(
    machine: Machine,
) -> None:
    first, second = _approved(machine, "a.py"), _approved(machine, "b.py")
    (later,) = (run for run in machine.runs() if run.id == second)
    assert MARK in repr(later.recalled)
    assert any("memory" in path for path in _holding(machine, MARK))

    child = machine.terminal("memory", "forget", first)
    child.expect("taken out of 1 later run")
    child.expect("--with-run takes them out too")
    assert finish(child) == 0
    assert _holding(machine, MARK) == {"state/playground/journal.sqlite"}
    assert {run.id for run in machine.runs() if MARK in repr(run)} == {first}
    exported = machine.root / "decisions"
    exported.mkdir()
    assert machine.run("dataset", "export", "decisions").code == 0
    assert not [p for p in exported.iterdir() if MARK in p.read_text()]
    assert [p for p in exported.iterdir() if OTHER in p.read_text()]

    assert finish(machine.terminal("memory", "forget", first, "--with-run")) == 0
    assert _holding(machine, MARK) == set()
    assert any("memory" in path for path in _holding(machine, OTHER))
    report = machine.audit()
    assert report.problems == ()
    assert report.forgotten > 1
    ended = machine.run("show", first)
    assert ended.code == 0
    assert MARK not in ended.out
    child = machine.terminal("undo", first)
    child.expect("by hand")
    assert finish(child) == 1
