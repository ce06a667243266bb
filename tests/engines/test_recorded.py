"""The recorded engine: the same question gives the same answer, and anything else is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from playground.domain.candidates import Cost, Usage
from playground.domain.ports import (
    Chunk,
    Constraint,
    Finish,
    Generation,
    GenerationRequest,
    Message,
)
from playground.engines.scripted import Line, ScriptedEngine
from playground.testing.recorded import RecordedEngine, Recording

REQUEST = GenerationRequest(
    id="a", messages=(Message("system", "say"), Message("user", "what")), max_tokens=50
)
TURNS = tuple(f"this is answer number {n} of them" for n in range(20))


def _engine(known: dict[str, Recording] | None = None) -> RecordedEngine:
    inside = ScriptedEngine((Line(answer=TURNS),), name="turns")
    return RecordedEngine(inside, known={} if known is None else known)


def _plain(done: Generation) -> Generation:
    return replace(done, seconds=0.0)


def test_the_same_question_is_asked_once() -> None:
    engine = _engine()
    first = list(engine.stream(REQUEST))
    again = list(engine.stream(replace(REQUEST, id="b", run_id="r", deadline_s=9.0)))
    assert again == first
    assert (engine.asked, engine.reused) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, messages=(Message("system", "say"), Message("user", "What"))),
        replace(REQUEST, messages=(Message("user", "say"), Message("user", "what"))),
        replace(REQUEST, max_tokens=51),
        replace(REQUEST, seed=3),
        replace(REQUEST, temperature=0.7, seed=3),
        replace(REQUEST, top_p=0.5),
        replace(REQUEST, stop=("x",)),
    ],
)
def test_any_other_question_is_asked(other: GenerationRequest) -> None:
    engine = _engine()
    first, second = engine.generate(REQUEST), engine.generate(other)
    assert first.text != second.text
    assert engine.generate(other) == second
    assert (engine.asked, engine.reused) == (2, 1)


def test_an_answer_of_chance_is_never_given_again() -> None:
    engine = _engine()
    drawn = replace(REQUEST, temperature=0.7)
    assert engine.generate(drawn).text != engine.generate(drawn).text
    assert engine.reused == 0


def _until(engine: RecordedEngine, request: GenerationRequest, *, pieces: int) -> list[Chunk]:
    """Returns the chunks of an answer of which the caller has enough after some."""
    chunks: list[Chunk] = []
    for number, chunk in enumerate(engine.stream(request), start=1):
        chunks.append(chunk)
        if number == pieces:
            engine.cancel(request.id)
    return chunks


def test_an_answer_that_was_cancelled_is_given_up_to_there() -> None:
    engine = _engine()
    first = _until(engine, REQUEST, pieces=3)
    assert first[-1].done is not None
    assert first[-1].done.finish is Finish.CANCELLED
    assert _until(engine, replace(REQUEST, id="b"), pieces=3) == first
    assert (engine.asked, engine.reused) == (1, 1)


def test_who_wants_more_than_was_recorded_gets_the_rest_from_the_engine() -> None:
    whole = ScriptedEngine((Line(answer=TURNS[0]),), name="turns").generate(REQUEST)
    engine = RecordedEngine(ScriptedEngine((Line(answer=TURNS[0]),), name="turns"), known={})
    _until(engine, REQUEST, pieces=3)
    chunks = list(engine.stream(replace(REQUEST, id="b")))
    assert "".join(chunk.text for chunk in chunks) == TURNS[0]
    assert chunks[-1].done is not None
    assert _plain(chunks[-1].done) == _plain(whole)
    assert (engine.asked, engine.reused) == (2, 0)


def test_who_has_enough_earlier_gets_less() -> None:
    engine = _engine()
    engine.generate(REQUEST)
    chunks = _until(engine, replace(REQUEST, id="b"), pieces=2)
    assert [chunk.text for chunk in chunks] == ["this ", "is ", ""]
    assert chunks[-1].done is not None
    assert chunks[-1].done.finish is Finish.CANCELLED
    assert chunks[-1].done.text == "this is "


def test_recordings_outlive_a_process_as_lines() -> None:
    kept: dict[str, str] = {}
    inside = ScriptedEngine((Line(answer=TURNS),), name="turns")
    engine = RecordedEngine(inside, known={}, keep=lambda d, r: kept.update({d: r.line()}))
    first = list(engine.stream(REQUEST))
    other = _engine({digest: Recording.read(line) for digest, line in kept.items()})
    assert list(other.stream(REQUEST)) == first
    assert (other.asked, other.reused) == (0, 1)
    done = Generation("x", Finish.LENGTH, Usage(3, 1, 2), "m", "1", 0.5, "local", Cost("3", "EUR"))
    assert Recording.read(Recording(("x", ""), done, 1).line()) == Recording(("x", ""), done, 1)


def test_another_model_is_asked_itself() -> None:
    known: dict[str, Recording] = {}
    first = RecordedEngine(ScriptedEngine((Line(answer="one"),), name="one"), known=known)
    other = RecordedEngine(ScriptedEngine((Line(answer="two"),), name="two"), known=known)
    assert (first.generate(REQUEST).text, other.generate(REQUEST).text) == ("one", "two")


def test_a_grammar_is_part_of_the_question() -> None:
    asked: list[str] = []

    class Told(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
            asked.append(request.constraint.value if request.constraint else "")
            return super().stream(replace(request, constraint=None))

    engine = RecordedEngine(Told((Line(answer=TURNS),), name="turns"), known={})
    for grammar in ("root ::= [a]", "root ::= [b]", "root ::= [a]"):
        engine.generate(replace(REQUEST, constraint=Constraint("grammar", grammar)))
    assert asked == ["root ::= [a]", "root ::= [b]"]
