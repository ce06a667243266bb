"""What only the real SGLang can show; the contract suite runs against it as well."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from engine_harnesses import counting, made_engine
from profile_cases import every_profile
from sglang_cpu import ENVIRONMENT, MARKS, RealServer

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Capability, Constraint, Engine, Finish, HealthState
from playground.engines.launching.flags import sglang_arguments
from playground.engines.launching.shared_memory import mapped_by
from playground.engines.weights import ModelStore

pytestmark = list(MARKS)

EDITS = r"""
root ::= edit ("\n" edit)*
edit ::= "replace " line-no " by \"" new-text "\""
line-no ::= [1-9] [0-9]{0,2}
new-text ::= [a-z_=() ]{1,8}
"""


@pytest.fixture
def engine(sglang_cpu: RealServer, empty_store: ModelStore) -> Iterator[Engine]:
    with made_engine("sglang", sglang_cpu.options, store=empty_store) as made:
        yield made


def test_it_proves_what_its_settings_claim(engine: Engine) -> None:
    info = engine.probe()
    assert (info.kind, info.model, info.version) == ("sglang", "counter", "0.5.23")
    assert info.context_tokens == 4096
    wanted = Capability.JSON_SCHEMA | Capability.REGEX | Capability.GRAMMAR | Capability.CONTINUE
    wanted |= Capability.CACHE_REPORT | Capability.ADAPTERS | Capability.PRIORITY
    assert wanted | Capability.TOKENIZE in info.capabilities
    assert "POST /abort_request is open to our key" in info.evidence["CANCEL"]
    # a seed decides nothing without deterministic inference, which this backend has not
    assert Capability.SEED not in info.capabilities


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


def test_a_second_question_finds_its_beginning_cached(engine: Engine) -> None:
    engine.generate(counting(max_tokens=4))
    usage = engine.generate(counting(max_tokens=4)).usage
    assert 0 < usage.prompt - usage.cached <= 2


def test_a_request_that_is_too_long_is_refused(engine: Engine) -> None:
    with pytest.raises(BadInput, match="cannot take the request"):
        engine.generate(counting(max_tokens=5_000))


def test_an_adapter_changes_answers_while_it_is_loaded(
    engine: Engine, sglang_cpu: RealServer, tmp_path: Path
) -> None:
    plain = engine.generate(counting(max_tokens=12)).text
    engine.load_adapter("mine", path=sglang_cpu.folder / "models" / "counter-lora")
    try:
        done = engine.generate(replace(counting(max_tokens=12), adapter="mine"))
        assert done.text != plain
        assert done.model == "counter:mine"
        assert engine.probe().model == "counter"
        assert engine.generate(counting(max_tokens=12)).text == plain
    finally:
        engine.unload_adapter("mine")
    with pytest.raises(BadInput, match="is not loaded"):
        engine.generate(replace(counting(), adapter="mine"))
    with pytest.raises(BadInput):
        engine.load_adapter("other", path=tmp_path)


def test_priorities_are_taken(engine: Engine) -> None:
    assert engine.generate(replace(counting(max_tokens=4), priority=5)).text


def test_a_cancelled_request_no_longer_runs_on_the_server(engine: Engine) -> None:
    engine.probe()
    finishes: list[Finish] = []
    asked = counting("long", max_tokens=3_000)
    thread = threading.Thread(target=lambda: finishes.append(engine.generate(asked).finish))
    thread.start()
    while not engine.health().detail.startswith("1 running"):
        assert thread.is_alive(), "it was over before it was seen"
        time.sleep(0.02)
    assert engine.cancel("long")
    thread.join(5)
    assert finishes == [Finish.CANCELLED]
    deadline = time.monotonic() + 10
    while engine.health().detail != "0 running, 0 waiting":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_request_that_an_operator_ended_counts_as_cancelled(
    engine: Engine, sglang_cpu: RealServer
) -> None:
    running = sglang_cpu.running
    stream = engine.stream(counting("ended", max_tokens=3_000))
    next(stream)
    reply = httpx2.post(
        f"http://127.0.0.1:{running.port}/abort_request",
        json={"abort_all": True},
        headers={"Authorization": f"Bearer {running.admin_key}"},
    )
    assert reply.status_code == 200
    *_, last = stream
    assert last.done is not None
    assert last.done.finish is Finish.CANCELLED


def test_a_wrong_key_is_told(sglang_cpu: RealServer, empty_store: ModelStore) -> None:
    options = {**sglang_cpu.options, "api_key": "sk-wrong-and-secret"}
    with (
        made_engine("sglang", options, store=empty_store) as made,
        pytest.raises(EngineUnavailable, match="refuses the key"),
    ):
        made.generate(counting())


def test_the_keys_stand_where_sglang_puts_them_and_nowhere_of_ours(sglang_cpu: RealServer) -> None:
    running = sglang_cpu.running
    told = httpx2.get(
        f"http://127.0.0.1:{running.port}/server_info",
        headers={"Authorization": f"Bearer {running.api_key}"},
    ).text
    assert running.admin_key in told  # why nobody may see that answer
    command = Path(f"/proc/{running.pid}/cmdline").read_text()
    ours = command + "\n".join(running.lines) + repr(sglang_cpu.engine.probe())
    assert "--config" in command
    assert "server_args" in ours
    assert running.api_key not in ours
    assert running.admin_key not in ours


PARSES = """
import argparse, json, sys
from sglang.srt.server_args import ServerArgs
parser = argparse.ArgumentParser()
ServerArgs.add_cli_args(parser)
for arguments in json.load(sys.stdin):
    parser.parse_args(arguments)
print("understood")
"""


def test_every_profile_is_understood_by_sglangs_own_parser(sglang_cpu: RealServer) -> None:
    commands = sorted({sglang_arguments("m", profile=told.flags) for told in every_profile()})
    assert len(commands) > 10
    done = subprocess.run(
        [str(sglang_cpu.folder / "env" / "bin" / "python"), "-c", PARSES],
        input=json.dumps(commands),
        env={**ENVIRONMENT, "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("understood\n"), done.stderr[-2000:]


def scheduler_of(session: int) -> int:
    """The process that runs the model, by the name that SGLang gives it."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, fields = (folder / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if int(fields.split()[3]) == session and "schedul" in name:
            return int(folder.name)
    raise AssertionError("no scheduler")


def test_a_server_whose_scheduler_died_is_told_and_leaves_nothing(
    engine: Engine, sglang_cpu: RealServer
) -> None:
    """The last test of all: the server is of no use afterwards."""
    running = sglang_cpu.running
    shared = mapped_by(running.pid)
    assert shared
    assert all(file.exists() for file in shared)
    os.kill(scheduler_of(running.pid), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while engine.health().state is HealthState.READY and time.monotonic() < deadline:
        time.sleep(0.2)
    assert engine.health().state is not HealthState.READY
    with pytest.raises(EngineUnavailable):
        engine.generate(replace(counting(), deadline_s=5.0))
    sglang_cpu.engine.close()
    assert not any(file.exists() for file in shared)
    assert not running.folder.exists()
    assert not mapped_by(running.pid)
