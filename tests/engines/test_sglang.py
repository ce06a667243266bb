from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_harnesses import counting, inner
from engine_world import EngineWorld
from sglang_stand_in import SGLangBehaviour, sglang_stand_in

from playground.domain.errors import BadConfiguration, BadInput, EngineUnavailable
from playground.domain.ports import Capability, Constraint, Finish, HealthState
from playground.engines.remote.settings import counted, load_of
from playground.engines.weights import ModelStore

SCHEMA = Constraint("json_schema", '{"type": "object"}')
REGEX = Constraint("regex", "[a-z]+")
GRAMMAR = Constraint("grammar", 'root ::= "a" | "b"')
CONSTRAINTS = Capability.JSON_SCHEMA | Capability.REGEX | Capability.GRAMMAR


World = EngineWorld[SGLangBehaviour]


@pytest.fixture
def world(empty_store: ModelStore) -> Iterator[World]:
    with sglang_stand_in() as (address, behaviour):
        behaviour.word_s = 0.0
        keys = {"api_key": behaviour.key, "admin_api_key": behaviour.admin_key}
        made = World("sglang", address, behaviour, empty_store, keys)
        yield made
        made.close()


def test_each_request_has_an_id_of_its_own_that_begins_with_ours(world: World) -> None:
    engine = world.engine()
    engine.generate(counting("job-1"))
    engine.generate(counting("job-1"))
    ids = [asked["rid"] for asked in world.behaviour.asked]
    assert len(set(ids)) == 2
    assert all(i.startswith("job-1-") and len(i) > len("job-1-") + 8 for i in ids)


def test_a_begun_answer_is_continued_by_the_server(world: World) -> None:
    engine = world.engine(chat_template_kwargs={"enable_thinking": False})
    engine.generate(counting())
    engine.generate(replace(counting(), messages=counting().messages[:1]))
    begun, anew = world.behaviour.asked
    assert begun["continue_final_message"] is True
    assert begun["messages"][-1]["role"] == "assistant"
    assert "continue_final_message" not in anew
    assert begun["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize(
    ("constraint", "field", "value"),
    [
        (REGEX, "regex", REGEX.value),
        (GRAMMAR, "ebnf", GRAMMAR.value),
        (
            SCHEMA,
            "response_format",
            {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": {"type": "object"}},
            },
        ),
    ],
)
def test_each_constraint_goes_where_sglang_reads_it(
    world: World, constraint: Constraint, field: str, value: object
) -> None:
    world.engine().generate(replace(counting(), constraint=constraint))
    (asked,) = world.behaviour.asked
    assert {k for k in ("regex", "ebnf", "response_format") if k in asked} == {field}
    assert asked[field] == value


def test_priority_is_sent_only_where_it_means_something(world: World) -> None:
    urgent = replace(counting(), priority=7)
    world.engine().generate(urgent)
    world.behaviour.settings["enable_priority_scheduling"] = False
    world.engine().generate(urgent)
    first, second = world.behaviour.asked
    assert first["priority"] == 7
    assert "priority" not in second


def test_probing_proves_what_the_settings_claim(world: World) -> None:
    info = world.engine().probe()
    assert (info.model, info.version, info.context_tokens) == ("counter", "0.5.23", 4096)
    assert CONSTRAINTS | Capability.ADAPTERS | Capability.PRIORITY in info.capabilities
    assert Capability.SEED not in info.capabilities
    assert info.evidence["REGEX"] == "asked under a regex it said 'yes'"
    assert "POST /abort_request is open" in info.evidence["CANCEL"]
    assert info.evidence["CACHE_REPORT"].endswith("5 prompt tokens were cached")


def test_a_server_is_put_to_the_proof_once(world: World) -> None:
    engine = world.engine()
    first = engine.probe()
    asked = len(world.behaviour.asked)
    assert engine.probe() == first
    assert len(world.behaviour.asked) == asked
    world.behaviour.settings["version"] = "0.5.24"
    assert engine.probe().version == "0.5.24"
    assert len(world.behaviour.asked) > asked


def test_a_claim_that_fails_its_proof_is_taken_back(world: World) -> None:
    world.behaviour.constrains = False
    engine = world.engine()
    info = engine.probe()
    assert not info.capabilities & CONSTRAINTS
    assert set(info.evidence) == {c.name for c in info.capabilities}
    with pytest.raises(BadInput, match="cannot hold answers to a regex"):
        engine.generate(replace(counting(), constraint=REGEX))


def test_a_server_without_grammars_is_not_asked_for_any(world: World) -> None:
    world.behaviour.settings["grammar_backend"] = "none"
    engine = world.engine()
    with pytest.raises(BadInput, match="cannot hold answers to a regex"):
        engine.generate(replace(counting(), constraint=REGEX))
    assert not world.behaviour.asked


def test_a_router_in_front_is_used_by_what_it_proves(world: World) -> None:
    world.behaviour.is_router, world.behaviour.owner = True, "local"
    engine = world.engine()
    info = engine.probe()
    assert CONSTRAINTS in info.capabilities
    assert not info.capabilities & (Capability.ADAPTERS | Capability.TOKENIZE)
    assert engine.count_tokens("def add(a, b):") > 0
    assert engine.health().state is HealthState.READY


@pytest.mark.parametrize(
    ("owner", "kind"), [("vllm", "openai_compatible"), ("tensorrt_llm", "trtllm")]
)
def test_another_server_is_told_with_the_right_kind(world: World, owner: str, kind: str) -> None:
    world.behaviour.owner = owner
    with pytest.raises(EngineUnavailable, match=f"says that it is {owner}; set kind to {kind}"):
        world.engine().generate(counting())
    assert not world.behaviour.asked


def test_the_keys_in_the_servers_own_report_go_nowhere(world: World) -> None:
    engine = world.engine()
    told = [
        engine.probe(),
        engine.health(),
        engine.generate(counting()),
        vars(inner(engine))["_info"],
    ]
    text = repr(told)
    assert "0.5.23" in text
    assert world.behaviour.key not in text
    assert world.behaviour.admin_key not in text


def test_a_cancelled_request_is_ended_on_the_server_by_its_id(world: World) -> None:
    world.behaviour.word_s = 0.02
    engine = world.engine()
    engine.probe()
    thread = threading.Thread(target=engine.generate, args=(counting("long", max_tokens=190),))
    thread.start()
    while not any(asked["rid"].startswith("long-") for asked in world.behaviour.asked):
        time.sleep(0.01)
    assert engine.cancel("long")
    thread.join(5)
    stream = engine.stream(counting("left", max_tokens=190))
    next(stream)
    getattr(stream, "close", lambda: None)()
    sent = {asked["rid"] for asked in world.behaviour.asked}
    ended = [rid for rid in world.behaviour.aborted if not rid.startswith("nothing-")]
    assert [rid.rpartition("-")[0] for rid in ended] == ["long", "left"]
    assert set(ended) <= sent


def test_without_the_right_key_closing_the_connection_is_all(world: World) -> None:
    engine = world.engine(admin_api_key="sk-wrong")
    assert "abort_request" not in engine.probe().evidence["CANCEL"]
    stream = engine.stream(counting("left", max_tokens=190))
    next(stream)
    getattr(stream, "close", lambda: None)()
    assert not world.behaviour.aborted
    with pytest.raises(EngineUnavailable, match="admin_api_key_env"):
        engine.load_adapter("mine", path=Path("/adapters/mine"))


def test_a_whole_answer_is_not_ended_on_the_server(world: World) -> None:
    world.engine().generate(counting())
    assert all(rid.startswith("nothing-") for rid in world.behaviour.aborted)


def test_a_request_that_somebody_else_ended_counts_as_cancelled(world: World) -> None:
    world.behaviour.finish = "abort"
    done = world.engine().generate(counting(max_tokens=300))
    assert done.finish is Finish.CANCELLED


def test_adapters_are_loaded_used_and_freed(world: World) -> None:
    engine = world.engine()
    engine.load_adapter("mine", path=Path("/adapters/mine"))
    engine.generate(replace(counting(), adapter="mine"))
    assert world.behaviour.asked[-1]["model"] == "counter:mine"
    engine.unload_adapter("mine")
    with pytest.raises(BadInput, match="'mine' is not loaded"):
        engine.generate(replace(counting(), adapter="mine"))


def test_an_adapter_that_somebody_else_loaded_can_be_used(world: World) -> None:
    engine = world.engine()
    engine.probe()
    world.behaviour.adapters["theirs"] = "/adapters/theirs"
    engine.generate(replace(counting(), adapter="theirs"))
    assert engine.probe().model == "counter"


def test_the_servers_complaint_about_an_adapter_is_told_without_keys(world: World) -> None:
    engine = world.engine()
    with pytest.raises(BadInput, match="LoRA adapter other cannot be used") as caught:
        engine.load_adapter("other", path=Path("/nowhere"))
    assert world.behaviour.admin_key not in str(caught.value)
    with pytest.raises(BadInput, match="cannot be called"):
        engine.load_adapter("a:b", path=Path("/adapters/x"))


def test_a_server_without_adapters_refuses_them_before_any_call(world: World) -> None:
    world.behaviour.settings["enable_lora"] = False
    engine = world.engine()
    with pytest.raises(BadInput, match="cannot use adapters"):
        engine.load_adapter("mine", path=Path("/adapters/mine"))
    with pytest.raises(BadInput, match="cannot use adapters"):
        engine.generate(replace(counting(), adapter="mine"))
    assert not world.behaviour.asked


def test_health_tells_a_loading_a_busy_and_a_missing_server(world: World) -> None:
    engine = world.engine()
    assert engine.health().state is HealthState.READY
    assert engine.health().detail == "2 running, 4 waiting"
    world.behaviour.tells_loads = False
    assert engine.health().detail == "3 running, 4 waiting"  # by its metrics
    world.behaviour.ready = False
    assert engine.health().state is HealthState.STARTING
    gone = world.engine(base_url="http://127.0.0.1:9/v1").health()
    assert gone.state is HealthState.DOWN
    assert "cannot be reached" in gone.detail


def test_tokens_are_counted_by_the_server(world: World) -> None:
    assert world.engine().count_tokens("abcdef") == 2
    assert world.engine(base_url="http://127.0.0.1:9/v1").count_tokens("abcdef") == 3


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"base_url": "ftp://x/v1"}, "base_url", "it is no address"),
        ({"admin_api_key": ["sk-hidden"]}, "admin_api_key", "string"),
        ({"trust_remote_code": True}, "trust_remote_code", "not permitted"),
    ],
)
def test_wrong_options_are_told_by_key(
    world: World, options: dict[str, object], key: str, words: str
) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        world.engine(**options)
    assert caught.value.key == f"model.engines.it.{key}"
    assert "sk-hidden" not in str(caught.value)


def test_numbers_that_a_server_tells_beside_the_protocol_are_numbers() -> None:
    assert load_of("sglang:num_running_reqs 1.2.3\n") is None
    assert load_of("sglang:num_running_reqs 1e999\n") is None
    assert load_of("sglang:num_running_reqs -4\n") is None
    assert counted({"count": -3}) is None
    assert counted({"count": True}) is None
    assert counted({"count": 3}) == 3
