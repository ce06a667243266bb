"""Real campaigns: killed with a signal that nobody can catch, stopped, and worked on by two."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from e2e_world import FILES, RUFF_ONLY, Machine, chance, ended, kill, recorded_requests, show

from playground.domain.campaigns import CampaignEvent, ItemClaimed, ItemSettled
from playground.domain.events import ProposalMade
from playground.journal.sqlite import SqliteJournal

START = ("campaign", "start", ".")
FINDINGS = 6


def events_of(machine: Machine) -> list[list[CampaignEvent]]:
    journal = SqliteJournal(machine.state / "journal.sqlite")
    try:
        return [journal.campaign_events(campaign) for campaign in journal.campaigns()]
    finally:
        journal.close()


def wait_for_the_engine(machine: Machine, *, questions: int = 1) -> None:
    """Waits until so many questions were asked."""
    end = time.monotonic() + 60
    while len(machine.asked) < questions:
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_for_silence(machine: Machine, *, silent_s: float) -> None:
    """Waits until no question was asked for a while."""
    asked, since, end = len(machine.asked), time.monotonic(), time.monotonic() + 60
    while time.monotonic() - since < silent_s:
        assert time.monotonic() < end
        time.sleep(0.05)
        if len(machine.asked) != asked:
            asked, since = len(machine.asked), time.monotonic()


def status_of(machine: Machine) -> dict[str, object]:
    return cast(
        "dict[str, object]", json.loads(machine.run("campaign", "status", "--format", "json").out)
    )


@dataclass
class Tally:
    """Sums over all machines."""

    kills: int = 0
    machines: int = 0
    runs: int = 0
    lost: int = 0
    repeated: int = 0
    written: int = 0


def expect_whole(machine: Machine, *, before: dict[str, str], tally: Tally) -> None:
    """Every finding has one run with one proposal, recorded once, and no file was touched."""
    runs = machine.runs()
    keys = Counter(run.task.key for run in runs)
    made = Counter(run.id for run in runs for e in run.events if isinstance(e, ProposalMade))
    tally.runs += len(runs)
    tally.lost += FINDINGS - len(keys)
    tally.repeated += sum(n - 1 for n in keys.values()) + sum(n - 1 for n in made.values())
    tally.written += machine.tree() != before
    assert all(run.waiting is not None for run in runs)
    assert machine.audit().problems == ()
    (events,) = events_of(machine)
    settled = Counter(e.number for e in events if isinstance(e, ItemSettled))
    assert set(settled.values()) == {1}


def survive(folder: Path, *, kills: int, seed: int) -> Tally:
    calm = Machine(folder / "calm")
    calm.prepare(delay_s=0.05, settings=RUFF_ONLY)
    started = time.monotonic()
    assert calm.run(*START).code == 0
    calm_s = time.monotonic() - started
    moments = (calm_s * chance(seed, number) for number in count())
    tally = Tally()
    while tally.kills < kills:
        machine = Machine(folder / f"killed-{tally.machines}")
        machine.prepare(delay_s=0.05, settings=RUFF_ONLY)
        before = machine.tree()
        recorded: set[str] = set()
        while tally.kills < kills:
            process = machine.start(*START)
            time.sleep(next(moments))
            if process.poll() is not None or not kill(process):
                ended(process)
                break
            tally.kills += 1
            now = recorded_requests(machine.runs())
            assert recorded <= now  # nothing that was recorded is lost
            recorded = now
        assert machine.run(*START).code == 0
        tally.machines += 1
        expect_whole(machine, before=before, tally=tally)
    show(tally)
    assert (tally.lost, tally.repeated, tally.written) == (0, 0, 0)
    return tally


@pytest.mark.slow
def test_six_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    assert survive(tmp_path, kills=6, seed=1).kills == 6


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_thirty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    assert survive(tmp_path, kills=30, seed=2).kills == 30


@pytest.mark.slow
def test_two_sessions_share_a_campaign_and_do_nothing_twice(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.prepare(delay_s=1.0, settings=RUFF_ONLY)
    before = machine.tree()
    both = [machine.start(*START, "--parallel", "1") for _ in range(2)]
    assert [ended(process).code for process in both] == [0, 0]
    tally = Tally()
    expect_whole(machine, before=before, tally=tally)
    assert (tally.lost, tally.repeated, tally.written) == (0, 0, 0)
    assert len(machine.asked) == len(set(machine.asked))
    (events,) = events_of(machine)
    claims = [e for e in events if isinstance(e, ItemClaimed)]
    assert len(claims) == FINDINGS
    assert len({claim.worker for claim in claims}) == 2


@pytest.mark.slow
def test_a_pause_from_another_process_is_felt_within_seconds(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.prepare(delay_s=2.0, settings=RUFF_ONLY)
    process = machine.start(*START, "--parallel", "1")
    wait_for_the_engine(machine)
    assert machine.run("campaign", "pause").code == 0
    wait_for_silence(machine, silent_s=5.0)  # twice as long as one answer takes
    assert process.poll() is None
    assert cast("dict[str, int]", status_of(machine)["stages"])["pending"] > 1
    asked = len(machine.asked)
    assert machine.run("campaign", "resume").code == 0
    wait_for_the_engine(machine, questions=asked + 1)
    assert machine.run("campaign", "cancel").code == 0
    assert ended(process).code == 0
    assert status_of(machine)["state"] == "cancelled"


@pytest.mark.slow
def test_a_stopped_process_that_wakes_up_harms_nothing(tmp_path: Path) -> None:
    """A zombie's claims do not lapse for a minute, so its item waits; nothing is done twice."""
    machine = Machine(tmp_path)
    machine.prepare(delay_s=0.3, settings=RUFF_ONLY)
    before = machine.tree()
    first = machine.start(*START, "--parallel", "1")
    wait_for_the_engine(machine)
    os.kill(first.pid, signal.SIGSTOP)
    second = machine.start(*START, "--parallel", "1")
    time.sleep(3.0)
    os.kill(first.pid, signal.SIGCONT)
    assert [ended(first).code, ended(second).code] == [0, 0]
    tally = Tally()
    expect_whole(machine, before=before, tally=tally)
    assert (tally.lost, tally.repeated, tally.written) == (0, 0, 0)


def test_the_world_has_as_many_findings_as_are_counted_on() -> None:
    assert len(FILES) == FINDINGS + 1  # one is seen by pyright alone
