"""The real command with two engines: who answers, who is left out, what is spent, how waits end."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from e2e_world import FILES, HEADLESS, USELESS, Machine, repaired

pytestmark = pytest.mark.slow
GOOD = f"Change: as asked.\n\n```python\n{repaired('paired')}```\n"
PRICE = {"prompt": 0.5, "completion": 2.0}
NOWHERE = {"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "big"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, files={"pairs.py": FILES["pairs.py"]})
    machine.prepare()
    return machine


def scripted(machine: Machine, name: str, answer: str, **more: object) -> dict[str, object]:
    """Returns the settings of an engine that always gives this answer."""
    path = machine.folder / f"{name}.jsonl"
    path.write_text(json.dumps({"answer": answer}) + "\n")
    return {"kind": "scripted", "file": str(path), **more}


def configured(machine: Machine, **engines: Mapping[str, object]) -> None:
    machine.configure("model", {"cascade": list(engines), "engines": dict(engines)})


def test_what_the_small_one_does_not_repair_the_big_one_does(machine: Machine) -> None:
    configured(
        machine,
        small=scripted(machine, "small", USELESS["paired"]),
        big=scripted(machine, "big", GOOD, price=PRICE),
    )
    ended = machine.improve()
    assert ended.code == 0, ended.err
    (line,) = ended.results
    engine = cast("dict[str, object]", line["engine"])
    assert (engine["name"], engine["model"]) == ("big", "scripted-big")
    assert cast("dict[str, str]", engine["cost"])["currency"] == "USD"
    assert line["attempts"] == 3
    assert line["skipped_engines"] == {}
    (run,) = machine.runs()
    assert [g.engine for g in run.generations] == ["small", "small", "big"]
    assert run.cost.value > 0
    assert machine.audit().problems == ()


def test_the_first_one_is_down_and_the_proposal_says_so(machine: Machine) -> None:
    configured(machine, gone=NOWHERE, big=scripted(machine, "big", GOOD))
    ended = machine.improve()
    assert ended.code == 0, ended.err
    (line,) = ended.results
    skipped = cast("dict[str, str]", line["skipped_engines"])
    assert "127.0.0.1:9" in skipped["gone"]
    assert "gone was not asked" in ended.err
    shown = machine.run("show", str(line["run"]))
    assert "gone was not asked" in " ".join(shown.out.split())
    assert machine.audit().problems == ()


def test_nobody_answers_is_exit_3_and_the_next_command_begins_anew(machine: Machine) -> None:
    configured(machine, gone=NOWHERE, lost=NOWHERE)
    ended = machine.improve()
    assert ended.code == 3
    assert "gone: " in str(ended.results[0]["reason"])
    assert "lost: " in str(ended.results[0]["reason"])
    configured(machine, gone=scripted(machine, "gone", GOOD), lost=NOWHERE)
    assert machine.improve().code == 0


def test_a_days_budget_counts_what_other_processes_recorded(machine: Machine) -> None:
    limits = {"limits": {"tokens_per_day": 1_200}}
    configured(machine, only=scripted(machine, "only", "I would rather not.", **limits))
    first, second = machine.improve(), machine.improve()
    assert (first.code, second.code) == (3, 3)
    assert [len(run.generations) for run in machine.runs()] == [1, 0]
    reason = str(second.results[0]["reason"])
    assert "of only of 1,200 tokens a day" in reason
    assert "limits.tokens_per_day or wait until 00:00 UTC" in reason
    assert 0 < sum(run.usage.total for run in machine.runs()) <= 1_200


def test_a_wait_for_a_limit_is_told_and_ctrl_c_ends_it_at_once(machine: Machine) -> None:
    limits = {"limits": {"requests_per_minute": 1}}
    configured(machine, only=scripted(machine, "only", "I would rather not.", **limits))
    process = machine.start(*HEADLESS)
    assert process.stderr is not None
    told = ""
    while "waits for the limit of only" not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert time.monotonic() - started < 30  # and not the rest of the minute
    assert process.returncode == 130
    assert machine.audit().problems == ()
