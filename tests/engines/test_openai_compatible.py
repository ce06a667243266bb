from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_harnesses import counting
from engine_world import EngineWorld
from hypothesis import given
from hypothesis import strategies as st
from loopback_server import Behaviour, loopback_server

from playground.domain.errors import BadConfiguration, BadInput, EngineUnavailable, PlaygroundError
from playground.domain.ports import Constraint, Finish, GenerationRequest, Message
from playground.engines.remote.continuation import Continuation, continued
from playground.engines.weights import ModelStore

FENCED = GenerationRequest(
    "fenced",
    (Message("system", "s"), Message("user", "u"), Message("assistant", "```python\n")),
    64,
    stop=("\n```",),
)


World = EngineWorld[Behaviour]


@pytest.fixture
def world(empty_store: ModelStore) -> Iterator[World]:
    with loopback_server() as (address, behaviour):
        behaviour.word_s = 0.0
        keys = {"api_key": behaviour.key}
        made = World("openai_compatible", address, behaviour, empty_store, keys)
        yield made
        made.close()


def test_every_request_says_how_to_sample_and_how_long(world: World) -> None:
    request = replace(counting(), temperature=0.7, top_p=0.9, seed=7, stop=("x",))
    world.engine(prefill="native").generate(request)
    (asked,) = world.behaviour.asked
    assert asked["model"] == "counter-1"
    assert (asked["temperature"], asked["top_p"], asked["max_tokens"]) == (0.7, 0.9, 40)
    assert (asked["seed"], asked["stop"]) == (7, ["x"])
    assert asked["messages"][-1] == {"role": "assistant", "content": "1, 2, 3,"}


def test_the_model_and_the_name_of_the_bound_can_be_set(world: World) -> None:
    engine = world.engine(model="counter-2", tokens_field="max_completion_tokens", prefill="flags")
    world.behaviour.asked.clear()
    with pytest.raises(EngineUnavailable):  # the server of this test insists on max_tokens
        engine.generate(counting())
    (asked,) = world.behaviour.asked
    assert asked["model"] == "counter-2"
    assert asked["max_completion_tokens"] == 40
    assert asked["continue_final_message"] is True
    assert asked["add_generation_prompt"] is False


def test_usage_model_and_version_are_those_that_the_server_tells(world: World) -> None:
    done = world.engine().generate(replace(counting(), messages=(Message("user", "Count."),)))
    assert (done.usage.prompt, done.usage.cached, done.usage.completion) == (12, 5, 40)
    assert (done.model, done.engine_version) == ("counter-1", "fp-7")
    assert done.finish is Finish.LENGTH


def test_missing_usage_is_estimated_rather_too_high(world: World) -> None:
    world.behaviour.usage = False
    done = world.engine().generate(replace(counting(), messages=(Message("user", "Count."),)))
    assert done.usage.completion >= 40
    assert done.usage.prompt > 0


def test_a_schema_becomes_a_response_format(world: World) -> None:
    schema = Constraint("json_schema", '{"type": "object"}')
    world.engine().generate(replace(counting(), constraint=schema))
    wanted = world.behaviour.asked[0]["response_format"]["json_schema"]
    assert wanted == {"name": "answer", "schema": {"type": "object"}}
    with pytest.raises(BadInput, match="cannot hold answers to a json_schema"):
        world.engine(json_schema=False).generate(replace(counting(), constraint=schema))
    with pytest.raises(BadInput, match="cannot hold answers to a regex"):
        world.engine().generate(replace(counting(), constraint=Constraint("regex", "a")))


@pytest.mark.parametrize("kind", ["regex", "grammar"])
def test_other_constraints_become_a_field_of_vllm_where_it_is_known(
    world: World, kind: str
) -> None:
    engine = world.engine(structured_outputs=True, prefill="flags")
    engine.generate(replace(counting(), constraint=Constraint(kind, "a")))
    (asked,) = world.behaviour.asked
    assert asked["structured_outputs"] == {kind: "a"}
    assert asked["continue_final_message"] is True
    assert "response_format" not in asked


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, EngineUnavailable, "refuses the key"),
        (403, EngineUnavailable, "refuses the key"),
        (404, BadInput, "correct the model"),
        (400, BadInput, "no reason"),
        (422, BadInput, "no reason"),
        (429, EngineUnavailable, "asks to wait"),
        (500, EngineUnavailable, "failed with status 500"),
        (503, EngineUnavailable, "failed with status 503"),
    ],
)
def test_each_status_is_one_sentence_without_the_key(
    world: World, status: int, kind: type[PlaygroundError], words: str
) -> None:
    world.behaviour.status = status
    world.behaviour.error = f"no reason\nfor {world.behaviour.key}"
    engine = world.engine(model="counter-1")

    def streamed(request: GenerationRequest) -> None:
        list(engine.stream(request))

    for call in (engine.generate, streamed):
        with pytest.raises(kind, match=words) as caught:
            call(counting())
        text = str(caught.value)
        assert world.behaviour.key not in text
        assert "\n" not in text
        assert world.address in text
    assert len(world.behaviour.asked) == 2  # nothing is ever asked twice


def test_a_wrong_key_is_told_without_showing_it(world: World) -> None:
    engine = world.engine(api_key="sk-mine-and-secret")
    with pytest.raises(EngineUnavailable, match="refuses the key") as caught:
        engine.generate(counting())
    assert "sk-mine" not in str(caught.value)
    assert "sk-mine" not in repr(engine.health())


@pytest.mark.parametrize("raw", ["<html>hello</html>", "{}", "[]", '{"choices": []}', "null", "{"])
@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_what_is_no_answer_is_told_as_such(world: World, raw: str, content_type: str) -> None:
    world.behaviour.raw, world.behaviour.content_type = raw, content_type
    engine = world.engine(model="counter-1")
    with pytest.raises(EngineUnavailable, match="no answer"):
        engine.generate(counting())
    with pytest.raises(PlaygroundError):
        world.engine().generate(counting())


def test_a_server_that_is_not_there_is_told_with_what_to_do(world: World) -> None:
    engine = world.engine(base_url="http://127.0.0.1:9/v1", model="m")
    with pytest.raises(EngineUnavailable, match="start the server or correct base_url"):
        engine.generate(counting())
    assert "cannot be reached" in engine.health().detail


def test_a_server_without_models_is_told(world: World) -> None:
    world.behaviour.models = ()
    with pytest.raises(EngineUnavailable, match="has no model"):
        world.engine().generate(counting())


def test_a_stream_that_breaks_off_is_no_whole_answer(world: World) -> None:
    world.behaviour.drop_after = 5
    *_, last = world.engine(prefill="native").stream(counting())
    assert last.done is not None
    assert last.done.finish is Finish.LENGTH


def test_a_begun_answer_is_cut_out_of_a_new_one(world: World) -> None:
    world.behaviour.answer = "Sure, here it is:\n\n```python\nx = 1\ny = 2\n```\nI hope it helps."
    done = world.engine().generate(FENCED)
    assert (done.text, done.finish) == ("x = 1\ny = 2", Finish.STOP)
    (asked,) = world.behaviour.asked
    assert [m["role"] for m in asked["messages"]] == ["system", "user"]
    assert "stop" not in asked
    *_, last = world.engine().stream(FENCED)
    assert last.done is not None
    assert last.done.text == done.text


@pytest.mark.parametrize(
    ("text", "begun", "expected"),
    [
        ("```python\nx\n```", "```python\n", ("x", True)),
        ("Here:\n```py\nx\n```\nbye", "```python\n", ("x", True)),
        ("````python\nx\n```\n````", "````python\n", ("x\n```", True)),
        ("x = 1", "```python\n", ("x = 1", False)),
        ("1, 2, 3, 4", "1, 2,", (" 3, 4", False)),
    ],
)
def test_continuations(text: str, begun: str, expected: tuple[str, bool]) -> None:
    fence = "`" * max(3, begun.count("`"))
    assert continued(text, begun=begun, stop=(f"\n{fence}",)) == expected


@given(
    st.text(alphabet="ab`\n ", max_size=40),
    st.sampled_from(["```python\n", "a b", "1, 2,"]),
    st.lists(st.text(alphabet="ab`\n", min_size=1, max_size=4), max_size=3),
    st.integers(1, 7),
)
def test_pieces_of_any_size_give_the_same_continuation(
    text: str, begun: str, stop: list[str], size: int
) -> None:
    said = f"Sure.\n{begun}{text}"
    pieces = Continuation(begun, stop=stop)
    given_out = [pieces.take(said[i : i + size]) for i in range(0, len(said), size)]
    given_out.append(pieces.end())
    whole, stopped = continued(said, begun=begun, stop=stop)
    assert ("".join(given_out), pieces.stopped) == (whole, stopped)
    assert not any(end in whole for end in stop)


def test_a_begun_answer_is_streamed_and_left_at_its_end(world: World) -> None:
    world.behaviour.answer = "Sure:\n```python\nx = 1 y = 2 z = 3\n```\n" + "I hope " * 30
    *pieces, last = world.engine().stream(FENCED)
    assert len(pieces) > 3
    assert last.done is not None
    assert (last.done.text, last.done.finish) == ("x = 1 y = 2 z = 3", Finish.STOP)


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"base_url": "ftp://x/v1"}, "base_url", "it is no address"),
        ({"base_url": "http://me:pw@x/v1"}, "base_url", "an address holds no key"),
        ({"api_key": ["sk-hidden"]}, "api_key", "string"),
        ({"bas_url": "x"}, "bas_url", "not permitted"),
        ({"prefill": "maybe"}, "prefill", "Input should be"),
    ],
)
def test_wrong_options_are_told_by_key(
    world: World, options: dict[str, object], key: str, words: str
) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        world.engine(**options)
    assert caught.value.key == f"model.engines.it.{key}"
    assert "sk-hidden" not in str(caught.value)
    assert ":pw@" not in str(caught.value)


def test_closing_says_so_afterwards(world: World, tmp_path: Path) -> None:
    engine = world.engine()
    engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        engine.probe()
    with pytest.raises(BadInput):
        engine.load_adapter("x", path=tmp_path)
