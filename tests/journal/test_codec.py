"""Events survive the journal exactly."""

from __future__ import annotations

import json
import math
import typing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.domain import events
from playground.domain.campaigns import CampaignEvent
from playground.domain.changes import patch_between
from playground.domain.errors import StorageUnavailable
from playground.domain.events import DecisionTaken, Event, RunEnded, TaskOpened
from playground.domain.proposals import Amended, Approved, Decision, Rejected
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.journal.codec import FORMAT, decode, decode_campaign, encode

KINDS = typing.get_args(Event)
KINDS_OF_CAMPAIGNS = typing.get_args(CampaignEvent)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_exactly(kind: type[Event]) -> None:
    @settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(event=st.from_type(kind))
    def same(event: Event) -> None:
        back = decode(encode(event))
        assert repr(back) == repr(event)
        assert type(back) is kind
        assert encode(back) == encode(event)

    same()


@pytest.mark.parametrize("kind", KINDS_OF_CAMPAIGNS, ids=lambda kind: kind.__name__)
def test_every_event_of_a_campaign_comes_back_exactly(kind: type[CampaignEvent]) -> None:
    @settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(event=st.from_type(kind))
    def same(event: CampaignEvent) -> None:
        back = decode_campaign(encode(event))
        assert repr(back) == repr(event)
        assert type(back) is kind

    same()


def test_every_event_of_the_domain_is_an_event() -> None:
    declared = {
        value
        for value in vars(events).values()
        if getattr(value, "__module__", "") == events.__name__
    }
    assert declared - {events.FileWritten, events.Recorded} == set(KINDS)


@pytest.mark.parametrize(
    "decision",
    [
        Approved("me", "here", "d", "why"),
        Rejected("me", "here", "d", "why"),
        Amended("me", "here", "d", patch_between({"a": None}, {"a": "x\n"}), "why"),
    ],
)
def test_a_decision_is_never_taken_for_another(decision: Decision) -> None:
    back = decode(encode(DecisionTaken(decision, at=1.5)))
    assert isinstance(back, DecisionTaken)
    assert type(back.decision) is type(decision)
    assert back.decision == decision


def test_the_text_is_canonical() -> None:
    text = encode(RunEnded("gave_up", "Zu groß 😀"))
    assert text == '{"outcome":"gave_up","reason":"Zu groß 😀","seconds":0.0,"type":"RunEnded"}'


@given(st.text(st.characters(), max_size=20))
def test_any_text_at_all_is_kept(text: str) -> None:
    event = RunEnded("x", text)
    encode(event).encode("utf-8")
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    "text", ["\ud800", "caf\udce9.py", "\\ud800", '"\\ud83d\ud800', "\0\x1f\u2028"]
)
def test_text_that_is_no_unicode_does_not_crash(text: str) -> None:
    event = RunEnded("x", text)
    encode(event).encode("utf-8")
    assert decode(encode(event)) == event


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, 1e-300, -0.0])
def test_odd_numbers_are_kept(seconds: float) -> None:
    back = decode(encode(RunEnded("x", "y", seconds)))
    assert back.seconds == seconds


def test_no_number_stays_no_number() -> None:
    assert math.isnan(decode(encode(RunEnded("x", "y", math.nan))).seconds)


def test_what_an_older_version_did_not_know_gets_its_default() -> None:
    opened = TaskOpened(Task("/r", TaskKind.REQUEST, "g", ()), Policy(sources=(Source.TOOL,)))
    plain = json.loads(encode(opened))
    del plain["policy"]["attempts_max"]
    del plain["seconds"]
    assert decode(json.dumps(plain)) == opened


def test_an_event_of_a_newer_version_is_said_to_be_one() -> None:
    with pytest.raises(StorageUnavailable, match=r"'ModelTrained'.*update Playground"):
        decode('{"seconds":0.0,"type":"ModelTrained"}')
    with pytest.raises(StorageUnavailable, match="update Playground"):
        decode(encode(RunEnded("x", "y")), form=FORMAT + 1)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"type":"RunEnded"}'])
def test_what_is_no_event_is_said_to_be_none(body: str) -> None:
    with pytest.raises(StorageUnavailable, match="audit verify"):
        decode(body)
