"""What every engine promises, whatever stands behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from engine_harnesses import HARNESSES, Subject, counting, made_engine, small_llama_cpp
from real_server import RealServer
from real_servers import REAL_SERVERS

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Capability, Constraint, Finish, HealthState
from playground.engines.weights import ModelStore
from playground.plugins import adapters

_REAL = (pytest.mark.slow, pytest.mark.xdist_group("model"))
"""A real model takes both cores, so its tests run one after another."""

KINDS = [
    pytest.param(kind, marks=_REAL if harness.is_slow else ())
    for kind, harness in HARNESSES.items()
]
KINDS.append(pytest.param("llama_cpp-0.5b", marks=_REAL))
KINDS.extend(REAL_SERVERS)


def test_every_adapter_has_a_harness() -> None:
    assert set(adapters("playground.engines")) == set(HARNESSES)


@pytest.fixture(params=KINDS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    kind: str = request.param
    if any(kind in server.values for server in REAL_SERVERS):
        real: RealServer = request.getfixturevalue(kind)
        store = request.getfixturevalue("empty_store")
        with made_engine(real.kind, real.options, store=store) as engine:
            yield Subject(engine, None)
        return
    if kind == "llama_cpp-0.5b":
        with small_llama_cpp(request.getfixturevalue("real_store")) as made:
            yield made
        return
    harness = HARNESSES[kind]
    store: ModelStore = request.getfixturevalue("real_store" if harness.is_slow else "empty_store")
    with harness.open(tmp_path, store) as made:
        yield made


def test_probing_tells_kind_model_and_evidence_for_each_capability(subject: Subject) -> None:
    info = subject.engine.probe()
    assert info.kind == subject.engine.kind
    assert info.model
    assert Capability.CHAT | Capability.STREAM | Capability.CANCEL in info.capabilities
    assert set(info.evidence) == {c.name for c in info.capabilities}


def test_an_answer_is_continued_whole_and_counted(subject: Subject) -> None:
    done = subject.engine.generate(counting(max_tokens=40))
    assert done.text.startswith(" 4, 5, 6")
    assert done.usage.prompt > 0
    assert done.usage.completion > 0
    assert done.model == subject.engine.probe().model
    assert done.seconds > 0


def test_a_stream_gives_the_same_text_and_ends_with_the_whole(subject: Subject) -> None:
    whole = subject.engine.generate(counting())
    *pieces, last = subject.engine.stream(counting())
    assert last.done is not None
    assert all(piece.done is None for piece in pieces)
    assert "".join(piece.text for piece in (*pieces, last)) == last.done.text
    assert (last.done.text, last.done.finish) == (whole.text, whole.finish)
    assert len(pieces) > 1


def test_a_stop_text_ends_the_answer_and_is_no_part_of_it(subject: Subject) -> None:
    done = subject.engine.generate(replace(counting(), stop=(" 9,",)))
    assert done.finish is Finish.STOP
    assert done.text == " 4, 5, 6, 7, 8,"


def test_a_cut_answer_is_told_from_a_whole_one(subject: Subject) -> None:
    done = subject.engine.generate(counting(max_tokens=8))
    assert done.finish is Finish.LENGTH
    assert len(done.text) < 60


def test_cancelling_from_another_thread_ends_the_call(subject: Subject) -> None:
    subject.engine.probe()
    answers: list[Finish] = []

    def ask(name: str) -> None:
        answers.append(subject.engine.generate(counting(name, max_tokens=3_000)).finish)

    def cancelled(name: str) -> bool:
        thread = threading.Thread(target=ask, args=(name,))
        thread.start()
        while not (cut := subject.engine.cancel(name)) and thread.is_alive():
            time.sleep(0.01)
        began = time.monotonic()
        thread.join(60)
        assert time.monotonic() - began < 10
        assert not subject.engine.cancel(name)
        return cut and answers[-1] is Finish.CANCELLED

    # On a busy machine a short answer may be complete before it is cancelled.
    assert any(cancelled(f"long{number}") for number in range(20))


def test_cancelling_in_the_middle_keeps_what_came(subject: Subject) -> None:
    stream = subject.engine.stream(counting("half", max_tokens=3_000))
    first = next(stream)
    assert subject.engine.cancel("half")
    *_, last = stream
    assert last.done is not None
    assert last.done.finish is Finish.CANCELLED
    assert last.done.text.startswith(first.text)


def test_closing_a_stream_cancels_it_and_the_engine_goes_on(subject: Subject) -> None:
    stream = subject.engine.stream(counting("closed", max_tokens=3_000))
    next(stream)
    close = getattr(stream, "close", None)
    assert close is not None
    close()
    assert subject.engine.cancel("closed") is False
    assert subject.engine.generate(counting(max_tokens=12)).text.startswith(" 4")


def test_a_deadline_ends_a_call_with_a_sentence(subject: Subject) -> None:
    subject.engine.probe()
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match=r"did not answer within|does not answer in time"):
        subject.engine.generate(replace(counting(max_tokens=3_000), deadline_s=0.15))
    assert time.monotonic() - began < 15  # what a model would say takes longer


@pytest.mark.parametrize(
    "constraint",
    [Constraint("xml", "<a/>"), Constraint("json_schema", "no json"), Constraint("regex", "a\nb")],
)
def test_what_cannot_be_done_is_refused_before_any_call(
    subject: Subject, constraint: Constraint
) -> None:
    before = subject.calls() if subject.calls else 0
    with pytest.raises(BadInput):
        subject.engine.generate(replace(counting(), constraint=constraint))
    with pytest.raises(BadInput):
        subject.engine.stream(replace(counting(), constraint=constraint))
    with pytest.raises(BadInput):
        subject.engine.stream(replace(counting(), adapter="mine"))
    with pytest.raises(BadInput):
        subject.engine.stream(replace(counting(), max_tokens=0))
    if subject.calls:
        assert subject.calls() == before


def test_an_unknown_adapter_is_refused(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        subject.engine.load_adapter("mine", path=tmp_path)
    with pytest.raises(BadInput):
        subject.engine.unload_adapter("mine")


def test_several_threads_get_their_own_answers(subject: Subject) -> None:
    lengths = [6, 9, 12, 15, 18, 21]

    def ask(length: int) -> str:
        return subject.engine.generate(counting(f"n{length}", max_tokens=length)).text

    with ThreadPoolExecutor(max_workers=len(lengths)) as pool:
        texts = list(pool.map(ask, lengths))
    assert len(set(texts)) == len(lengths)
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(texts))


def test_tokens_are_counted_and_grow_with_the_text(subject: Subject) -> None:
    engine = subject.engine
    assert engine.count_tokens("") == 0
    assert 0 < engine.count_tokens("def add(a, b):") < engine.count_tokens("def add(a, b):\n" * 9)


def test_health_is_told_without_raising(subject: Subject) -> None:
    subject.engine.probe()
    assert subject.engine.health().state is HealthState.READY
    subject.engine.close()
    assert subject.engine.health().state is HealthState.DOWN
    assert subject.engine.health(deep=True).state is HealthState.DOWN


def test_closing_twice_is_harmless_and_later_calls_say_so(subject: Subject) -> None:
    subject.engine.close()
    subject.engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        subject.engine.generate(counting())


def test_closing_ends_what_is_under_way(subject: Subject) -> None:
    stream = subject.engine.stream(counting("going", max_tokens=3_000))
    next(stream)
    closer = threading.Thread(target=subject.engine.close)
    closer.start()
    closer.join(2.0)  # it may wait for the one who reads
    *_, last = stream
    assert last.done is not None
    assert last.done.finish is Finish.CANCELLED
    closer.join()
