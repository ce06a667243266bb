"""Servers are kept ready, used by one at a time, and replaced before and after they go wrong."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import pytest

from playground.analyzers.servers.pool import Pool, PoolLimits, servers_that_fit
from playground.domain.errors import AnalyzerUnavailable


class FakeServer:
    """A server that notes what happens to it.

    Attributes:
        key: for whom it was started.
        alive: set to False to let it die.
        resident_bytes: what it claims to occupy.
        finds: whether it finds what is planted.
        opens: to be set before it answers.
        proofs: how often it was asked for that.
        users: how many use it now.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.alive = True
        self.resident_bytes = 0
        self.finds = True
        self.proofs = 0
        self.users = 0
        self.opens = threading.Event()
        self.opens.set()

    def open(self) -> None:
        self.opens.wait(60)
        if not self.alive:
            raise AnalyzerUnavailable("It was ended.")

    def prove(self) -> None:
        self.proofs += 1
        if not self.finds:
            raise ValueError("nothing was found")

    def kill(self) -> None:
        self.alive = False
        self.opens.set()


class World:
    """A pool of fake servers; `started` holds all that were ever started."""

    def __init__(self, limits: PoolLimits) -> None:
        self.started: list[FakeServer] = []
        self.refuse: Exception | None = None
        self.refused = 0
        self.answering = True
        self.gate = threading.Event()
        self.gate.set()
        self.pool = Pool[str, FakeServer](self._start, limits=limits)

    def _start(self, key: str) -> FakeServer:
        self.gate.wait(60)
        if self.refuse is not None:
            self.refused += 1
            raise self.refuse
        server = FakeServer(key)
        if not self.answering:
            server.opens.clear()
        self.started.append(server)
        return server

    def use(self, key: str = "a", *, timeout_s: float = 60.0) -> FakeServer:
        with self.pool.lease(key, timeout_s=timeout_s) as server:
            assert (server.alive, server.key) == (True, key)
            return server

    @property
    def alive(self) -> list[FakeServer]:
        return [server for server in self.started if server.alive]


def _eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_server_is_used_again_and_for_its_own_key_alone() -> None:
    world = World(PoolLimits(servers_max=2))
    first, second = world.use("a"), world.use("b")
    assert (world.use("a"), world.use("b")) == (first, second)
    assert first is not second
    assert len(world.started) == 2


def test_an_idle_server_of_another_key_makes_room_the_longest_unused_first() -> None:
    world = World(PoolLimits(servers_max=2))
    first, second = world.use("a"), world.use("b")
    world.use("a")
    third = world.use("c")
    assert (first.alive, second.alive, third.alive) == (True, False, True)


def test_a_server_in_use_never_makes_room() -> None:
    world = World(PoolLimits(servers_max=1))
    with world.pool.lease("a", timeout_s=1) as server:
        with pytest.raises(TimeoutError), world.pool.lease("b", timeout_s=0.05):
            pass
        assert server.alive
    assert world.use("b").key == "b"


def test_whatever_goes_wrong_inside_ends_the_server() -> None:
    world = World(PoolLimits(servers_max=1))
    with pytest.raises(ZeroDivisionError), world.pool.lease("a", timeout_s=1):
        raise ZeroDivisionError
    assert world.alive == []
    assert world.use() is world.started[1]


def test_a_server_that_died_meanwhile_is_replaced_unnoticed() -> None:
    world = World(PoolLimits(servers_max=1))
    world.use().alive = False
    assert world.use() is world.started[1]


def test_a_failed_start_is_told_and_tried_again() -> None:
    world = World(PoolLimits(servers_max=1))
    world.refuse = AnalyzerUnavailable("No.")
    with pytest.raises(AnalyzerUnavailable), world.pool.lease("a", timeout_s=1):
        pass
    world.refuse = None
    assert world.use().alive


def test_worn_servers_are_replaced_in_the_background() -> None:
    world = World(PoolLimits(servers_max=1, uses_max=3))
    servers = [world.use() for _ in range(3)]
    _eventually(lambda: len(world.alive) == 1)
    assert servers[0] is servers[2]
    assert not servers[0].alive
    assert world.use() is world.started[1]


def test_fat_and_old_servers_are_replaced() -> None:
    world = World(PoolLimits(servers_max=1, resident_bytes_max=100))
    world.use().resident_bytes = 101
    world.use()
    assert not world.started[0].alive
    old = World(PoolLimits(servers_max=1, age_s_max=0.0))
    old.use()
    assert not old.started[0].alive


def test_one_that_misses_what_was_planted_is_replaced() -> None:
    world = World(PoolLimits(servers_max=1, uses_per_proof=2))
    for _ in range(4):
        world.use()
    assert world.started[0].proofs == 1
    world.started[0].finds = False
    with pytest.raises(ValueError, match="nothing"), world.pool.lease("a", timeout_s=1):
        pytest.fail("it was handed out")
    assert not world.started[0].alive
    assert world.use() is world.started[1]


def test_too_many_waiters_are_turned_away_at_once() -> None:
    world = World(PoolLimits(servers_max=1, waiters_max=1))
    outcomes: list[str] = []

    def wait() -> None:
        try:
            world.use()
            outcomes.append("served")
        except TimeoutError:
            outcomes.append("away")

    with world.pool.lease("a", timeout_s=1):
        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        _eventually(lambda: outcomes == ["away", "away"])
    for thread in threads:
        thread.join()
    assert outcomes == ["away", "away", "served"]


def test_a_start_in_the_background_is_waited_for_and_not_repeated() -> None:
    world = World(PoolLimits(servers_max=2))
    world.gate.clear()
    world.pool.prepare("a")
    world.pool.prepare("a")
    threading.Timer(0.05, world.gate.set).start()
    assert world.use() is world.started[0]
    assert len(world.started) == 1


def test_a_start_in_the_background_that_fails_leaves_room() -> None:
    world = World(PoolLimits(servers_max=1))
    world.refuse = OSError("full")
    world.pool.prepare("a")
    _eventually(lambda: world.refused == 1)
    world.refuse = None
    assert world.use().alive


def test_a_standby_takes_over_without_a_start() -> None:
    world = World(PoolLimits(servers_max=2, uses_before_standby=2))
    world.use()
    assert len(world.started) == 1
    world.use()
    _eventually(lambda: len(world.started) == 2)
    with pytest.raises(TimeoutError), world.pool.lease("a", timeout_s=1) as server:
        raise TimeoutError
    assert not server.alive
    assert world.use().alive
    assert len(world.started) == 2


def test_a_standby_is_left_alone_while_the_server_that_knows_more_is_free() -> None:
    world = World(PoolLimits(servers_max=2))
    with world.pool.lease("a", timeout_s=60) as first, world.pool.lease("a", timeout_s=60) as other:
        assert other is not first
    assert [world.use() for _use in range(4)] == [first] * 4
    with world.pool.lease("a", timeout_s=60), world.pool.lease("a", timeout_s=60) as standby:
        assert standby is other


def test_no_server_stands_by_where_there_is_no_room() -> None:
    world = World(PoolLimits(servers_max=1, uses_before_standby=1))
    for _ in range(3):
        world.use()
    assert len(world.started) == 1


def test_closing_ends_all_and_refuses_more() -> None:
    world = World(PoolLimits(servers_max=2))
    world.use("a")
    with world.pool.lease("b", timeout_s=1) as server:
        world.pool.close()
        assert not server.alive
    world.pool.close()
    assert world.alive == []
    with pytest.raises(AnalyzerUnavailable), world.pool.lease("a", timeout_s=1):
        pass


def test_one_that_is_still_being_started_when_all_closes_is_ended() -> None:
    world = World(PoolLimits(servers_max=1))
    world.gate.clear()
    world.pool.prepare("a")
    threading.Timer(0.05, world.gate.set).start()
    world.pool.close()
    assert len(world.started) == 1
    assert world.alive == []


def test_closing_waits_for_no_server_that_does_not_answer_yet() -> None:
    world = World(PoolLimits(servers_max=1))
    world.answering = False
    world.pool.prepare("a")
    _eventually(lambda: len(world.started) == 1)
    assert not world.pool.is_ready("a")
    began = time.monotonic()
    world.pool.close()
    assert time.monotonic() - began < 30
    assert world.alive == []


def test_a_forgotten_pool_leaves_nothing_running() -> None:
    world = World(PoolLimits(servers_max=1))
    server = world.use()
    del world.pool
    gc.collect()
    assert not server.alive


def test_many_at_once_never_share_a_server() -> None:
    world = World(PoolLimits(servers_max=2, uses_max=7))
    wrong: list[int] = []

    def work(key: str) -> None:
        for _ in range(25):
            with world.pool.lease(key, timeout_s=60) as server:
                server.users += 1
                if server.users != 1 or server.key != key:
                    wrong.append(server.users)
                time.sleep(0.0005)
                server.users -= 1

    threads = [threading.Thread(target=work, args=("ab"[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.pool.close()
    assert wrong == []
    _eventually(lambda: world.alive == [])


def test_a_machine_gets_one_server_or_two() -> None:
    assert servers_that_fit(server_bytes=1 << 60) == 1
    assert servers_that_fit(server_bytes=1) in {1, 2}
