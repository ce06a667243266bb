"""How long a line to a server that is gone is tried again."""

from __future__ import annotations

import pytest

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address
from playground.journal.server.line import Line
from playground.journal.server.session import Session

PATIENCE_S = 30.0


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> Line:
    nowhere = Address("/nowhere/at/all", 5432, "play", "play", "", "disable", "")
    return Line(
        nowhere,
        greet=lambda _session: None,
        patience_s=PATIENCE_S,
        now=lambda: clock.now_s,
        sleep=clock.sleep,
    )


def waited_s(line: Line, clock: Clock, *, patience_s: float | None = None) -> float:
    """Returns how long a call waits until it gives up."""

    def ask(session: Session) -> None:
        session.ask("SELECT 1")

    began = clock.now_s
    with pytest.raises(StorageUnavailable, match="does not answer"):
        line.carry(ask, patience_s=patience_s)
    return clock.now_s - began


def test_a_call_is_tried_again_for_its_patience(line: Line, clock: Clock) -> None:
    assert PATIENCE_S - 1.0 <= waited_s(line, clock) <= PATIENCE_S


def test_patience_is_had_once_for_an_outage(line: Line, clock: Clock) -> None:
    """What threads and the way out ask after one has waited does not wait as long again."""
    waited_s(line, clock)
    for _ in range(6):
        assert 0.5 <= waited_s(line, clock) <= 1.0


def test_another_outage_has_patience_of_its_own(line: Line, clock: Clock) -> None:
    waited_s(line, clock)
    clock.now_s += 60.0
    assert PATIENCE_S - 1.0 <= waited_s(line, clock) <= PATIENCE_S


def test_without_patience_nothing_is_waited_for(line: Line, clock: Clock) -> None:
    assert waited_s(line, clock, patience_s=0.0) == 0.0
