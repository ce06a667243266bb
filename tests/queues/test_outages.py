"""Patience with a server that is gone, whoever asks it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.outages import Outage

SAME = st.floats(0, 14.9)  # a sum of longer ones may be rounded to another outage
PATIENCE = st.floats(0, 60)


@given(st.lists(SAME, max_size=20), PATIENCE)
def test_an_outage_is_borne_with_once(gaps: list[float], patience_s: float) -> None:
    """However many calls fail, none is tried for longer than the patience or a last second."""
    outage, now = Outage(), 100.0
    for gap in (0.0, *gaps):
        now += gap
        until = outage.failed(now=now, patience_s=patience_s)
        assert until == max(100.0 + patience_s, now + min(patience_s, 1.0))


@given(st.floats(16, 1_000), PATIENCE, st.booleans())
def test_another_outage_has_patience_of_its_own(
    later_s: float, patience_s: float, answered: bool
) -> None:
    """It is another one after an answer, and when nothing failed for long."""
    outage = Outage()
    outage.failed(now=0.0, patience_s=patience_s)
    if answered:
        outage.over()
        later_s /= 1_000
    assert outage.failed(now=later_s, patience_s=patience_s) == later_s + patience_s


def test_who_waits_for_ever_is_never_told_to_stop() -> None:
    assert Outage().failed(now=5.0, patience_s=math.inf) == math.inf
