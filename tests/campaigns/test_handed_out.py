"""Runs that are handed out: lost 0, repeated after they were recorded 0, written 0."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from campaign_world import InlineExecutor, module
from worker_world import LIKENESS, Fleet, faults

from playground.campaigns.moves import Why
from playground.campaigns.planning import repair_task
from playground.campaigns.session import Halted, Pace, Session
from playground.domain.errors import StorageUnavailable
from playground.domain.proposals import Approved
from playground.domain.tasks import Task
from playground.queues.handing import NOBODY, Following, HandingDesk

FILES = {"a.py": ("one", "two", "three"), "b.py": ("four", "five"), "c.py": ("six",)}
FINDINGS = 6
NO_FAULTS = {"open": 0, "twice": 0, "proposed twice": 0, "problems": 0, "refused": 0}


def fleet_in(folder: Path, *, workers: int, seed: int = 0, calm: bool = False) -> Fleet:
    root = folder / "repository"
    root.mkdir()
    for path, names in FILES.items():
        (root / path).write_text(module(*names))
    copies = [folder / f"copy{number}" for number in range(workers)]
    for copy in copies:
        shutil.copytree(root, copy)
    fleet = Fleet(root, copies=copies, seed=seed)
    if calm:
        fleet.weather.left = 0
    return fleet


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.py"))
    }


def handing(fleet: Fleet, following: Following | None = None) -> HandingDesk:
    desk = HandingDesk(
        fleet.person.desk,
        journal=fleet.records,
        queue=fleet.queue,
        trees=fleet.trees,
        likeness=LIKENESS,
    )
    clock = Following(
        now=lambda: fleet.weather.clock, rest=lambda _seconds: fleet.act(), poll_s=0.0
    )
    desk.follow(following or clock)
    return desk


def session(fleet: Fleet, desk: HandingDesk) -> Session:
    opened = fleet.person.opened(at=fleet.weather.clock)
    pace = Pace(now=lambda: fleet.weather.clock, executor=lambda _n: InlineExecutor(), idle_s=0.0)
    return Session(replace(fleet.person.parts, desk=desk), campaign_id=opened.id, pace=pace)


def expect_whole(fleet: Fleet, before: dict[str, str], folder: Path) -> None:
    assert faults(fleet) == NO_FAULTS, fleet.weather.happened
    assert len(fleet.records.runs()) == FINDINGS
    assert texts(folder) == before
    mishaps = sum(fleet.weather.happened.values())
    assert len(set(fleet.asked)) == FINDINGS
    assert len(fleet.asked) <= FINDINGS + mishaps
    assert fleet.wasted <= fleet.weather.happened["sleep"] + fleet.weather.happened["doubling"]


def tasks_of(fleet: Fleet) -> Iterator[Task]:
    for work in fleet.person.opened().works.values():
        path = work.item.region.path
        source = fleet.person.workspace.read(fleet.root, path=path)
        yield repair_task(work.item.finding, root=str(fleet.root), source=source)


def first_task(fleet: Fleet) -> Task:
    return next(tasks_of(fleet))


def survive(folder: Path, seed: int) -> Fleet:
    fleet = fleet_in(folder, workers=3, seed=seed)
    before = texts(folder)
    why = session(fleet, handing(fleet)).run()
    assert why is Why.PERSON
    expect_whole(fleet, before, folder)
    return fleet


def drain(folder: Path, seed: int) -> Fleet:
    """All orders lie in the queue at once and come in any order."""
    fleet = fleet_in(folder, workers=3, seed=seed)
    before = texts(folder)
    desk = handing(fleet)
    opened = [desk.submit(task) for task in tasks_of(fleet)]
    orders = [desk.order(fleet.records.load(run_id)) for run_id in opened]
    for _ in range(2_000):
        if not faults(fleet)["open"]:
            break
        for order in orders:
            fleet.queue.put(order)  # whoever hands out gives lost orders again
        fleet.act()
    expect_whole(fleet, before, folder)
    return fleet


@pytest.mark.parametrize("seed", range(4))
def test_a_campaign_survives_its_workers(tmp_path: Path, seed: int) -> None:
    assert sum(survive(tmp_path, seed).weather.happened.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_campaign_survives_its_workers_often(tmp_path: Path, seed: int) -> None:
    survive(tmp_path, seed)


@pytest.mark.parametrize("seed", range(4))
def test_a_full_queue_survives_its_workers(tmp_path: Path, seed: int) -> None:
    assert sum(drain(tmp_path, seed).weather.happened.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_full_queue_survives_its_workers_often(tmp_path: Path, seed: int) -> None:
    drain(tmp_path, seed)


def test_a_worker_with_another_file_refuses_and_the_campaign_says_so(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    (tmp_path / "copy0" / "a.py").write_text(module("one", "two", "four"))
    running = session(fleet, handing(fleet))
    assert running.run() is Why.PAUSED
    assert f"{tmp_path}/copy0/a.py is not the file that run" in running.campaign.pause
    assert fleet.asked == []


def test_a_worker_whose_other_files_differ_refuses_too(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    (tmp_path / "copy0" / "d.py").write_text("")
    running = session(fleet, handing(fleet))
    assert running.run() is Why.PAUSED
    assert f"the sources below {tmp_path}/copy0 differ" in running.campaign.pause


def test_what_one_worker_refuses_is_left_to_others_and_said(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    (tmp_path / "copy0" / "a.py").write_text("")
    said: list[str] = []

    def rest(_seconds: float) -> None:
        fleet.act()
        if fleet.setbacks:  # now another one takes the run
            shutil.copy(fleet.root / "a.py", tmp_path / "copy0" / "a.py")

    clock = Following(now=lambda: fleet.weather.clock, rest=rest, poll_s=0.0, tell=said.append)
    assert session(fleet, handing(fleet, clock)).run() is Why.PERSON
    assert len(fleet.setbacks) == 1
    (sentence,) = said
    assert sentence.endswith("The run is left to others.")
    assert faults(fleet) == NO_FAULTS


def test_another_version_or_configuration_is_refused(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    desk = HandingDesk(
        fleet.person.desk,
        journal=fleet.records,
        queue=fleet.queue,
        trees=fleet.trees,
        likeness="2",
    )
    desk.follow(Following(now=lambda: fleet.weather.clock, rest=lambda _s: fleet.act(), poll_s=0))
    running = session(fleet, desk)
    assert running.run() is Why.PAUSED
    assert "use the same version, analyzers and rules" in running.campaign.pause


def test_a_decision_meanwhile_makes_the_order_anew(tmp_path: Path) -> None:
    """On a shared folder the sources change under an order; the worker refuses, then goes on."""
    root = fleet_in(tmp_path, workers=0).root
    fleet = Fleet(root, copies=[root], seed=0)
    fleet.weather.left = 0
    looks = count()

    def rest(_seconds: float) -> None:
        if next(looks) == 0:
            (root / "z.py").write_text("")
        fleet.act()

    desk = handing(fleet, Following(now=lambda: fleet.weather.clock, rest=rest, poll_s=0))
    assert session(fleet, desk).run() is Why.PERSON
    assert faults(fleet) == NO_FAULTS
    assert len(fleet.setbacks) == 1


def test_silence_is_worth_a_word(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=0, calm=True)
    said: list[str] = []

    class Enough(Exception):
        pass

    def rest(_seconds: float) -> None:
        fleet.weather.clock += 1
        if fleet.weather.clock > 1_100:
            raise Enough

    desk = handing(
        fleet,
        Following(now=lambda: fleet.weather.clock, rest=rest, poll_s=0, tell=said.append),
    )
    with pytest.raises(Enough):
        session(fleet, desk).run()
    assert said == [NOBODY]


def test_an_order_is_given_again_though_the_clock_was_set_back(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    looks = count()

    def rest(_seconds: float) -> None:
        look = next(looks)
        assert look < 1_000
        if look == 0:
            fleet.queue.lose()
            fleet.weather.clock -= 3_600
        fleet.act()

    desk = handing(fleet, Following(now=lambda: fleet.weather.clock, rest=rest, poll_s=0))
    assert session(fleet, desk).run() is Why.PERSON
    assert faults(fleet) == NO_FAULTS


def test_a_pause_takes_the_orders_back(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=0, calm=True)
    moments = count()

    def check() -> None:
        if next(moments) == 3:
            raise Halted

    def rest(_seconds: float) -> None:
        fleet.weather.clock += 1

    following = Following(now=lambda: fleet.weather.clock, rest=rest, poll_s=0, check=check)
    desk = handing(fleet, following)
    run_id = desk.submit(first_task(fleet))
    with pytest.raises(Halted):
        desk.advance(run_id)
    assert fleet.queue.take("somebody") is None


def test_the_database_may_be_gone_for_whoever_hands_out(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    desk = handing(fleet)
    fleet.queue.gone = True
    running = session(fleet, desk)
    with pytest.raises(StorageUnavailable):
        running.run()
    fleet.queue.gone = False
    assert session(fleet, desk).run() is Why.PERSON
    assert faults(fleet) == NO_FAULTS


def test_an_approved_change_is_applied_where_the_person_is(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path, workers=1, calm=True)
    session(fleet, handing(fleet)).run()
    run = fleet.person.desk.waiting()[0]
    assert run.waiting is not None
    copy = texts(tmp_path / "copy0")
    fleet.person.desk.decide(run.id, decision=Approved("ada", "test", run.waiting.digest))
    assert "prices or []" in (fleet.root / run.waiting.patch.files[0].path).read_text()
    assert texts(tmp_path / "copy0") == copy
