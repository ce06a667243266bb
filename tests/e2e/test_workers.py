"""Real workers on a real database: killed, stopped, cut off, and their database taken away."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from e2e_world import Machine, ended
from postgres_server import Server
from separate_hosts import hosts_or_skip
from site_world import (
    ENDED,
    NOTHING,
    WITHIN_S,
    site,
    survive,
    survive_cuts,
)
from waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]  # one server


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    server = Server(careful=True)
    yield server
    server.close()


@pytest.mark.timeout(600)
def test_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, database: Server) -> None:
    assert survive(tmp_path, database, kills=6, seed=1).faults == NOTHING


@pytest.mark.timeout(600)
def test_a_zombie_and_a_crash_of_the_database_harm_nothing(
    tmp_path: Path, database: Server
) -> None:
    with site(tmp_path / "site", database, delay_s=1.0) as here:
        zombie = here.hire(0)
        person = here.start()
        until(lambda: bool(here.places[0].asked))
        zombie.send_signal(signal.SIGSTOP)
        here.hire(1)
        database.stop("immediate")
        time.sleep(2.0)
        database.start()
        assert ended(person, within_s=WITHIN_S).code == 0
        zombie.send_signal(signal.SIGCONT)
        codes = [worker.code for worker in here.dismiss()]
        assert here.expect_whole().faults == NOTHING
    assert set(codes) <= ENDED


@pytest.mark.timeout(900)
def test_a_host_that_is_cut_off_loses_its_runs_to_the_others_and_comes_back(
    tmp_path: Path,
) -> None:
    """Three hosts in networks of their own; what the one had at hand ends while it is away."""
    with hosts_or_skip(3) as three:
        listening = Server(careful=True, listen=",".join(host.here for host in three))
        with closing(listening):
            tally = survive_cuts(tmp_path, listening, hosts=three, cut_s=0.0, turns=1)
    assert (tally.disturbed, tally.faults) == (1, NOTHING)


@pytest.mark.timeout(600)
def test_a_worker_whose_files_differ_leaves_the_runs_to_others(
    tmp_path: Path, database: Server
) -> None:
    with site(tmp_path / "site", database, delay_s=0.1) as here:
        (here.place(1).root / "names.py").write_text("")
        here.hire(0)
        stale = here.hire(1)
        until(lambda: stale.poll() is None)
        person = here.start()
        code = ended(person, within_s=WITHIN_S).code
        said = here.dismiss()[1]
    assert code == 0 or "differ" in said.err
    assert "proposed" not in said.err


@pytest.mark.timeout(600)
def test_a_second_signal_ends_a_worker_at_once(tmp_path: Path, database: Server) -> None:
    with site(tmp_path / "site", database, delay_s=60.0) as here:
        worker = here.hire(0)
        here.start()
        until(lambda: bool(here.places[0].asked))
        worker.send_signal(signal.SIGTERM)
        time.sleep(1.0)
        assert worker.poll() is None  # the step that is under way takes a minute
        worker.send_signal(signal.SIGTERM)
        assert ended(worker, within_s=20).code == -signal.SIGTERM


@pytest.mark.timeout(600)
def test_workers_need_a_database(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.prepare(settings={"analyzers": ["ruff"]})
    for argv in (("worker",), ("campaign", "start", ".", "--workers")):
        result = machine.run(*argv)
        assert result.code == 2
        assert "set tools.journal.url" in result.err
