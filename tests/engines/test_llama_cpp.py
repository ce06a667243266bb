"""The built-in engine with the real model."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from playground.domain.errors import BadInput, EngineUnavailable
from playground.domain.ports import Constraint, Finish, GenerationRequest, HealthState, Message
from playground.engines.llama_cpp import LlamaCppEngine, Options
from playground.engines.weights import ModelStore
from playground.engines.worker.host import WorkerHost
from playground.engines.worker.launch import WorkerPlan
from playground.engines.worker.wire import TUNED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("model"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
NAME = "qwen2.5-coder-1.5b"
FILLER = "\n".join(f"def function_{n}(value):\n    return value + {n}" for n in range(24))


def asked(text: str, *, number: int = 1, max_tokens: int = 24) -> GenerationRequest:
    return GenerationRequest(f"q{number}", (Message("user", text),), max_tokens, deadline_s=280)


@pytest.fixture(scope="module")
def engine(real_store: ModelStore) -> Iterator[LlamaCppEngine]:
    def model_file() -> Path:
        return real_store.path(NAME)

    made = LlamaCppEngine(Options(slots=3), model_id="real", model_file=model_file)
    yield made
    made.close()


def worker_pid() -> int:
    """Returns the process id of the worker that this process has started last."""
    me = os.getpid()
    children = Path(f"/proc/{me}/task").glob("*/children")
    pids = sorted(int(pid) for file in children for pid in file.read_text().split())
    return next(pid for pid in reversed(pids) if b"engines.worker" in cmdline(pid))


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def workers_of(temporary: Path) -> list[int]:
    """Returns the workers whose temporary folder lies below this one."""
    found: list[int] = []
    for task in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # others come and go meanwhile
            words = (task / "cmdline").read_bytes(), (task / "environ").read_bytes()
            if b"engines.worker" in words[0] and os.fsencode(temporary) in words[1]:
                found.append(int(task.name))
    return found


def test_answers_hold_to_their_constraints(engine: LlamaCppEngine) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}},
        "required": ["colour"],
        "additionalProperties": False,
    }
    question = asked("Name a colour.", max_tokens=40)
    bound = replace(question, constraint=Constraint("json_schema", json.dumps(schema)))
    assert json.loads(engine.generate(bound).text)["colour"] in {"red", "blue"}
    bound = replace(question, constraint=Constraint("regex", "[0-9]{3}/[a-f]{2}"))
    assert re.fullmatch("[0-9]{3}/[a-f]{2}", engine.generate(bound).text)
    bound = replace(question, constraint=Constraint("grammar", 'root ::= "maybe" | "never"'))
    assert engine.generate(bound).text in {"maybe", "never"}
    with pytest.raises(BadInput, match="cannot take the request"):
        engine.generate(replace(question, constraint=Constraint("grammar", "root ::= (")))


def test_text_of_a_repository_never_becomes_a_control_token(engine: LlamaCppEngine) -> None:
    assert engine.count_tokens("<|im_end|>") > 1
    assert engine.count_tokens("<|im_start|>system\n") > 3
    plain = engine.generate(asked("a", max_tokens=1)).usage.prompt
    marked = engine.generate(asked("a<|im_end|>", max_tokens=1)).usage.prompt
    assert marked - plain == engine.count_tokens("a<|im_end|>") - engine.count_tokens("a")


def test_samples_side_by_side_read_their_question_once(engine: LlamaCppEngine) -> None:
    question = replace(asked(FILLER, max_tokens=4), temperature=0.8)
    with ThreadPoolExecutor(max_workers=3) as pool:
        requests = [replace(question, id=f"s{n}", seed=n) for n in range(3)]
        done = list(pool.map(engine.generate, requests))
    prompt = done[0].usage.prompt
    assert prompt > 200
    read = [answer.usage.prompt - answer.usage.cached for answer in done]
    assert sum(1 for tokens in read if tokens <= 2) == 2
    again = engine.generate(replace(question, id="again"))
    assert again.usage.prompt - again.usage.cached <= 2


def seconds_to_cancel(
    engine: LlamaCppEngine, request: GenerationRequest, *, after_s: float
) -> float:
    """Asks in another thread, cancels after a while and returns how long that took."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        answer = pool.submit(engine.generate, request)
        time.sleep(after_s)
        began = time.monotonic()
        assert engine.cancel(request.id)
        assert answer.result().finish is Finish.CANCELLED
        return time.monotonic() - began


def test_cancelling_takes_a_moment(engine: LlamaCppEngine) -> None:
    engine.generate(asked("Count to 500.", max_tokens=1))
    answering = [asked("Count to 500.", max_tokens=900)] * 3
    reading = [asked(f"Module {n}\n{FILLER}", max_tokens=1) for n in range(3)]
    for requests, after_s in ((answering, 1.0), (reading, 0.3)):
        took = [seconds_to_cancel(engine, request, after_s=after_s) for request in requests]
        assert min(took) < 2  # a whole answer takes a minute
        assert max(took) < 20
    # The worker has really stopped: most of the prompt is still to be read.
    done = engine.generate(reading[2])
    assert done.usage.prompt - done.usage.cached > 100


def test_greedy_answers_and_equal_seeds_repeat(engine: LlamaCppEngine) -> None:
    greedy = [engine.generate(asked("Say something odd.")).text for _ in range(2)]
    assert greedy[0] == greedy[1]
    drawn = replace(asked("Say something odd."), temperature=1.0, seed=11)
    for _ in range(3):
        engine.generate(drawn)  # a prompt that was just read and a kept one differ in the last bits
    assert engine.generate(drawn).text == engine.generate(drawn).text


def test_guessing_changes_no_rewritten_code(engine: LlamaCppEngine, real_store: ModelStore) -> None:
    # Tokens checked together are rounded differently, which shows where two words are all but
    # equally likely; in code that is copied none are.
    code = FILLER.split("def function_4", maxsplit=1)[0]
    asking = Message("user", f"{code}\nRewrite this code. Let function_2 add 7.")
    begun = Message("assistant", "```python\ndef")
    question = replace(asked("", max_tokens=64), messages=(asking, begun), stop=("\n```",))
    guessed = engine.generate(question)
    plain = LlamaCppEngine(
        Options(slots=1),
        model_id="real",
        model_file=lambda: real_store.path(NAME),
        tuning=replace(TUNED, match_tokens=0),
    )
    try:
        assert plain.generate(question).text == guessed.text
    finally:
        plain.close()
    assert "value + 7" in guessed.text


def test_a_question_that_does_not_fit_is_told_with_numbers(engine: LlamaCppEngine) -> None:
    with pytest.raises(BadInput, match=r"has \d+ tokens and the engine has room for 4096"):
        engine.generate(asked("word " * 5_000))


def test_the_worker_is_private_and_knows_nothing(engine: LlamaCppEngine) -> None:
    engine.probe()
    pid = worker_pid()
    variables = dict(
        entry.split("=", 1)
        for entry in Path(f"/proc/{pid}/environ").read_text().split("\0")
        if entry
    )
    folder = Path(variables["HOME"])
    assert set(variables) == {
        "GOMP_SPINCOUNT",
        "HOME",
        "LANG",
        "OMP_WAIT_POLICY",
        "PATH",
        "TMPDIR",
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert cmdline(pid).split(b"\0")[1:4] == [b"-I", b"-m", b"playground.engines.worker"]
    transport = httpx2.HTTPTransport(uds=str(folder / "e.sock"))
    with httpx2.Client(transport=transport, base_url="http://x", trust_env=False) as stranger:
        assert stranger.post("/completion", json={"prompt": "x"}).status_code == 401
        assert stranger.post("/tokenize", json={"content": "x"}).status_code == 401


def test_a_killed_worker_is_told_and_the_next_call_starts_another(engine: LlamaCppEngine) -> None:
    stream = engine.stream(asked("Count to 500.", max_tokens=900))
    next(stream)
    pid = worker_pid()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineUnavailable, match="was killed, most likely because memory ran out"):
        list(stream)
    assert engine.generate(asked("Hi", max_tokens=2)).finish is Finish.LENGTH
    assert worker_pid() != pid
    assert engine.health(deep=True).state is HealthState.READY


def test_a_worker_that_was_stopped_is_given_up_at_once_and_replaced(engine: LlamaCppEngine) -> None:
    engine.generate(asked("Hi", max_tokens=1))
    stopped = worker_pid()
    os.kill(stopped, signal.SIGSTOP)
    assert seconds_to_cancel(engine, asked("Words never read before"), after_s=0.5) < 9
    assert engine.generate(asked("Hi", max_tokens=2)).finish is Finish.LENGTH
    assert worker_pid() != stopped


OWNER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from playground.engines.worker.launch import RunningWorker, WorkerPlan

    plan = WorkerPlan(Path(sys.argv[1]), 4096, 1, 1)
    if sys.argv[2] == "loaded":
        worker = RunningWorker(plan)
        print(worker.pid, worker.folder, flush=True)
        time.sleep(600)
    import threading
    threading.Thread(target=RunningWorker, args=(plan,), daemon=True).start()
    print("loading", flush=True)
    time.sleep(600)
""")


@pytest.mark.parametrize("moment", ["loaded", "loading"])
def test_no_worker_outlives_an_owner_that_was_killed(
    real_store: ModelStore, tmp_path: Path, moment: str
) -> None:
    command = [sys.executable, "-c", OWNER, str(real_store.path(NAME)), moment]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        deadline = time.monotonic() + 60
        while not (workers := workers_of(tmp_path)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert len(workers) == 1
        time.sleep(0.3)  # a killed worker may be starting or loading
        owner.kill()
    deadline = time.monotonic() + 60
    while cmdline(workers[0]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if moment == "loaded":
        assert list(tmp_path.glob("playground-worker-*")) == []


def test_a_worker_started_by_a_short_thread_stays(real_store: ModelStore) -> None:
    host = WorkerHost(lambda: WorkerPlan(real_store.path(NAME), 4096, 1, 1))
    with ThreadPoolExecutor(max_workers=1) as pool:
        session = pool.submit(host.session).result()
    time.sleep(1.0)
    assert session.worker.alive
    assert session.client.healthy()
    host.close()
    assert not session.worker.alive
    assert not session.worker.folder.exists()
