"""What real servers have in common beyond the contract of all engines."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from engine_harnesses import counting, made_engine
from real_server import RealServer
from real_servers import REAL_SERVERS

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Constraint, Engine, Finish
from playground.engines.weights import ModelStore

EDITS = r"""
root ::= edit ("\n" edit)*
edit ::= "replace " line-no " by \"" new-text "\""
line-no ::= [1-9] [0-9]{0,2}
new-text ::= [a-z_=() ]{1,8}
"""


@pytest.fixture(params=REAL_SERVERS)
def server(request: pytest.FixtureRequest) -> RealServer:
    started: RealServer = request.getfixturevalue(request.param)
    return started


@pytest.fixture
def engine(server: RealServer, empty_store: ModelStore) -> Iterator[Engine]:
    with made_engine(server.kind, server.options, store=empty_store) as made:
        yield made


def test_a_grammar_of_several_rules_holds(engine: Engine) -> None:
    asked = replace(
        counting(max_tokens=60), constraint=Constraint("grammar", EDITS), temperature=1.0
    )
    said = engine.generate(asked).text
    assert re.match(r'replace [1-9][0-9]{0,2} by "[a-z_=() ]{1,8}', said)


def test_a_schema_holds_and_a_wrong_one_is_refused(engine: Engine) -> None:
    schema = {
        "type": "object",
        "properties": {"line": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["line"],
        "additionalProperties": False,
    }
    constraint = Constraint("json_schema", json.dumps(schema))
    said = engine.generate(replace(counting(), constraint=constraint)).text
    assert json.loads(said)["line"] in range(1, 10)
    wrong = Constraint("json_schema", '{"type": "nothing"}')
    with pytest.raises(BadInput, match="cannot take the request"):
        engine.generate(replace(counting(), constraint=wrong))


def test_a_second_question_finds_its_beginning_cached(server: RealServer, engine: Engine) -> None:
    engine.generate(counting(max_tokens=4))
    usage = engine.generate(counting(max_tokens=4)).usage
    assert usage.cached > 0
    assert 0 < usage.prompt - usage.cached <= server.block_tokens + 1


def test_a_request_that_is_too_long_is_refused(engine: Engine) -> None:
    with pytest.raises(BadInput, match="cannot take the request"):
        engine.generate(counting(max_tokens=5_000))


def test_a_cancelled_request_no_longer_runs_on_the_server(
    server: RealServer, engine: Engine
) -> None:
    engine.probe()
    finishes: list[Finish] = []
    asked = counting("long", max_tokens=3_000)
    thread = threading.Thread(target=lambda: finishes.append(engine.generate(asked).finish))
    thread.start()
    while server.works_on() != 1:
        assert thread.is_alive(), "it was over before it was seen"
        time.sleep(0.02)
    assert engine.cancel("long")
    thread.join(5)
    assert finishes == [Finish.CANCELLED]
    deadline = time.monotonic() + 10
    while server.works_on() != 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_wrong_key_is_told(server: RealServer, empty_store: ModelStore) -> None:
    options = {**server.options, "api_key": "sk-wrong-and-secret"}
    with (
        made_engine(server.kind, options, store=empty_store) as made,
        pytest.raises(EngineUnavailable, match="refuses the key"),
    ):
        made.generate(counting())
