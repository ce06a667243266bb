"""What only the real vLLM can show, beside the contract and what real servers have in common."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from engine_harnesses import counting, made_engine
from real_server import process_in
from vllm_cpu import VLLM_MARKS, StartedVLLM

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Capability, Constraint, Engine, HealthState, Message
from playground.engines.weights import ModelStore
from playground.orchestrator.edits.grammar import edits_grammar

pytestmark = list(VLLM_MARKS)


SHOP = """\
class Item:
    def label(self) -> str:
        return self.name

    def total(self, count: int) -> int:
        return count * self.price
"""


@pytest.fixture
def engine(vllm_cpu: StartedVLLM, empty_store: ModelStore) -> Iterator[Engine]:
    with made_engine("openai_compatible", vllm_cpu.options, store=empty_store) as made:
        yield made


def test_it_tells_its_model_and_how_much_that_can_read(engine: Engine) -> None:
    info = engine.probe()
    assert (info.model, info.context_tokens) == ("counter", 4096)
    wanted = Capability.JSON_SCHEMA | Capability.REGEX | Capability.GRAMMAR
    assert wanted | Capability.CACHE_REPORT | Capability.SEED in info.capabilities


def test_every_answer_names_the_servers_version(engine: Engine) -> None:
    assert "0.32.0" in engine.generate(counting(max_tokens=4)).engine_version
    *_, last = engine.stream(counting(max_tokens=4))
    assert last.done is not None
    assert "0.32.0" in last.done.engine_version


def test_without_its_flags_a_begun_answer_is_cut_out_of_a_new_one(
    vllm_cpu: StartedVLLM, empty_store: ModelStore
) -> None:
    options = {**vllm_cpu.options, "prefill": "emulate"}
    with made_engine("openai_compatible", options, store=empty_store) as made:
        assert made.generate(counting()).text.startswith(" 4, 5, 6")


def test_a_regular_expression_holds(engine: Engine) -> None:
    asked = replace(counting(), constraint=Constraint("regex", "(left|right)-[0-9]{2}"))
    assert re.fullmatch("(left|right)-[0-9]{2}", engine.generate(asked).text)


def test_an_answer_of_edits_can_search_for_lines_of_the_file_alone(engine: Engine) -> None:
    grammar = edits_grammar({"shop.py": SHOP}, first=[], visible={"shop.py": range(6)})
    constraint = Constraint("grammar", grammar)
    said = engine.generate(replace(counting(max_tokens=150), constraint=constraint)).text
    searched, divided, _ = said.removeprefix("FILE: shop.py\n<<<<<<< SEARCH\n").partition(
        "=======\n"
    )
    assert divided
    assert searched
    assert searched in SHOP


def test_a_prompt_that_is_too_long_is_refused(engine: Engine) -> None:
    long = (Message("user", "1, 2, 3, " * 1_000),)
    with pytest.raises(BadInput, match="cannot take the request"):
        engine.generate(replace(counting(), messages=long))


def test_a_seed_decides_a_sample(engine: Engine) -> None:
    asked = replace(counting(max_tokens=30), temperature=2.0, seed=7)
    first = engine.generate(asked).text
    assert engine.generate(asked).text == first
    assert any(engine.generate(replace(asked, seed=s)).text != first for s in range(8, 14))


def test_a_model_that_it_has_not_is_told(vllm_cpu: StartedVLLM, empty_store: ModelStore) -> None:
    options = {**vllm_cpu.options, "model": "another"}
    with (
        made_engine("openai_compatible", options, store=empty_store) as made,
        pytest.raises(BadInput, match="correct the model"),
    ):
        made.generate(counting())


def test_an_adapter_that_the_server_loaded_is_asked_as_a_model(
    engine: Engine, vllm_cpu: StartedVLLM, empty_store: ModelStore
) -> None:
    plain = engine.generate(counting(max_tokens=12)).text
    wanted = {"lora_name": "mine", "lora_path": str(vllm_cpu.adapter)}
    assert vllm_cpu.asked("POST", "/v1/load_lora_adapter", wanted).status_code == 200
    try:
        options = {**vllm_cpu.options, "model": "mine"}
        with made_engine("openai_compatible", options, store=empty_store) as made:
            done = made.generate(counting(max_tokens=12))
        assert done.text != plain
        assert done.model == "mine"
        assert engine.probe().model == "counter"
        assert engine.generate(counting(max_tokens=12)).text == plain
    finally:
        unloaded = vllm_cpu.asked("POST", "/v1/unload_lora_adapter", {"lora_name": "mine"})
    assert unloaded.status_code == 200


def test_a_server_whose_model_died_is_told(engine: Engine, vllm_cpu: StartedVLLM) -> None:
    """The last test of all: the server is of no use afterwards."""
    os.kill(process_in(vllm_cpu.process.pid, named="EngineCor"), signal.SIGKILL)
    with pytest.raises(EngineUnavailable):
        engine.generate(replace(counting(), deadline_s=30.0))
    deadline = time.monotonic() + 60
    while engine.health().state is HealthState.READY and time.monotonic() < deadline:
        time.sleep(0.2)
    assert engine.health().state is HealthState.DOWN
