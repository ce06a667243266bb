"""TensorRT-LLM's adapter against a strict stand-in; it was never run against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_harnesses import counting, made_engine
from trtllm_stand_in import TensorRTBehaviour, trtllm_stand_in

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Capability, Constraint, Engine, HealthState
from playground.engines.weights import ModelStore

CONSTRAINTS = Capability.JSON_SCHEMA | Capability.REGEX | Capability.GRAMMAR
MINE = {"mine": "/adapters/mine", "theirs": "/adapters/theirs"}
Served = tuple[Engine, TensorRTBehaviour]


@pytest.fixture
def served(empty_store: ModelStore) -> Iterator[Served]:
    with trtllm_stand_in() as (address, behaviour):
        behaviour.word_s = 0.0
        options = {"base_url": address, "api_key": behaviour.key, "adapters": MINE}
        with made_engine("trtllm", options, store=empty_store) as engine:
            yield engine, behaviour


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (
            Constraint("json_schema", '{"type": "object"}'),
            {"type": "json", "schema": {"type": "object"}},
        ),
        (Constraint("regex", "[a-z]+"), {"type": "regex", "regex": "[a-z]+"}),
        (Constraint("grammar", 'root ::= "a"'), {"type": "ebnf", "ebnf": 'root ::= "a"'}),
    ],
)
def test_each_constraint_is_a_response_format(
    served: Served, constraint: Constraint, expected: object
) -> None:
    engine, behaviour = served
    engine.generate(replace(counting(), constraint=constraint))
    assert behaviour.asked[-1]["response_format"] == expected


def test_nothing_is_sent_that_the_server_does_not_know(served: Served) -> None:
    engine, behaviour = served
    full = replace(counting(), seed=7, priority=3, shared_prefix=1, adapter="theirs")
    assert engine.generate(replace(full, messages=full.messages[:1], stop=("x",))).text
    list(engine.stream(full))
    for asked in behaviour.asked:
        assert not asked.keys() & {"rid", "priority", "regex", "continue_final_message", "model_"}
        assert asked["lora_request"] == {
            "lora_name": "theirs",
            "lora_int_id": 2,
            "lora_path": "/adapters/theirs",
        }


def test_probing_proves_and_takes_back(served: Served) -> None:
    engine, behaviour = served
    info = engine.probe()
    assert (info.model, info.version) == ("counter", "1.2.1")
    assert CONSTRAINTS | Capability.ADAPTERS in info.capabilities
    behaviour.guided = False
    behaviour.models = ("another",)
    less = engine.probe()
    assert not less.capabilities & CONSTRAINTS
    assert set(less.evidence) == {c.name for c in less.capabilities}
    with pytest.raises(BadInput, match="cannot hold answers to a regex"):
        engine.generate(replace(counting(), constraint=Constraint("regex", "a")))


def test_only_configured_adapters_can_be_asked_for(served: Served) -> None:
    engine, behaviour = served
    with pytest.raises(BadInput, match="'other' is not configured"):
        engine.stream(replace(counting(), adapter="other"))
    with pytest.raises(BadInput, match="name 'other' in the option adapters"):
        engine.load_adapter("other", path=Path("/adapters/other"))
    with pytest.raises(BadInput, match="take 'mine' out of adapters"):
        engine.unload_adapter("mine")
    assert not behaviour.asked


def test_another_server_is_told_with_the_right_kind(served: Served) -> None:
    engine, behaviour = served
    behaviour.owner = "sglang"
    with pytest.raises(EngineUnavailable, match="says that it is sglang; set kind to sglang"):
        engine.generate(counting())


def test_health_is_what_the_server_says(served: Served) -> None:
    engine, behaviour = served
    assert engine.health().state is HealthState.READY
    behaviour.well = False
    assert engine.health().state is HealthState.DOWN
