"""What only the real SGLang can show, beside the contract and what real servers have in common."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from engine_harnesses import counting, made_engine
from profile_cases import every_profile
from real_server import process_in
from sglang_cpu import ENVIRONMENT, SGLANG_MARKS, StartedSGLang

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Capability, Engine, Finish, HealthState
from playground.engines.launching.flags import sglang_arguments
from playground.engines.launching.shared_memory import mapped_by
from playground.engines.weights import ModelStore

pytestmark = list(SGLANG_MARKS)


@pytest.fixture
def engine(sglang_cpu: StartedSGLang, empty_store: ModelStore) -> Iterator[Engine]:
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


def test_an_adapter_changes_answers_while_it_is_loaded(
    engine: Engine, sglang_cpu: StartedSGLang, tmp_path: Path
) -> None:
    plain = engine.generate(counting(max_tokens=12)).text
    engine.load_adapter("mine", path=sglang_cpu.adapter)
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


def test_a_request_that_an_operator_ended_counts_as_cancelled(
    engine: Engine, sglang_cpu: StartedSGLang
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


def test_the_keys_stand_where_sglang_puts_them_and_nowhere_of_ours(
    sglang_cpu: StartedSGLang,
) -> None:
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


def test_every_profile_is_understood_by_sglangs_own_parser(sglang_cpu: StartedSGLang) -> None:
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


def test_a_server_whose_scheduler_died_is_told_and_leaves_nothing(
    engine: Engine, sglang_cpu: StartedSGLang
) -> None:
    """The last test of all: the server is of no use afterwards."""
    running = sglang_cpu.running
    shared = mapped_by(running.pid)
    assert shared
    assert all(file.exists() for file in shared)
    os.kill(process_in(running.pid, named="schedul"), signal.SIGKILL)
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
