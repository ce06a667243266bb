"""Servers that mean harm or are broken: every answer is one sentence or a sane result, in time."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from engine_harnesses import counting
from hostile_server import Caller, Heard, Say, hostile_server
from pydantic import SecretStr

from playground.domain.errors import EngineUnavailable, PlaygroundError
from playground.domain.ports import Chunk, Finish, Generation, GenerationRequest, HealthState
from playground.engines.openai_compatible import OpenAICompatibleEngine, Options

KEY = "sk-hostile-secret"
SOON_S = 120.0
"""Far above what is needed, far below the hour that a call would be given here."""

Ask = Callable[[OpenAICompatibleEngine], Generation]

QUESTION = replace(counting(), deadline_s=3_600.0, max_tokens=8)


class _Hasty(OpenAICompatibleEngine):
    short_s = 0.3


@contextmanager
def asking(
    say: Say, *, model: str = "m", kind: type[OpenAICompatibleEngine] = OpenAICompatibleEngine
) -> Generator[tuple[OpenAICompatibleEngine, Heard]]:
    with hostile_server(say) as heard:
        options = Options(
            base_url=heard.address, api_key=SecretStr(KEY), model=model, prefill="native"
        )
        engine = kind(options)
        try:
            yield engine, heard
        finally:
            engine.close()


def whole(engine: OpenAICompatibleEngine) -> Generation:
    return engine.generate(QUESTION)


def streamed(engine: OpenAICompatibleEngine) -> Generation:
    *_, last = engine.stream(QUESTION)
    assert last.done is not None
    return last.done


def says(*bodies: object) -> Say:
    """Answers with JSON: one body, or events of a stream, by what was asked for."""

    def say(caller: Caller) -> None:
        if caller.head.startswith("GET") or len(bodies) == 1:
            caller.send(caller.head_of("application/json") + json.dumps(bodies[0]).encode())
            return
        events = b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies)
        caller.send(caller.head_of("text/event-stream") + events)

    return say


def piece(**changes: object) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": "1"}, "finish_reason": None}
    return {"id": "1", "choices": [choice], **changes}


def answer(**changes: object) -> dict[str, Any]:
    choice = {"index": 0, "message": {"content": "1"}, "finish_reason": "stop"}
    return {"id": "1", "choices": [choice], **changes}


def is_sane(done: Generation) -> bool:
    usage = done.usage
    numbers = [usage.prompt, usage.cached, usage.completion]
    done.text.encode()
    return (
        all(type(number) is int and 0 <= number < 1_000_000_000 for number in numbers)
        and len(done.model) < 1_000
        and len(done.engine_version) < 1_000
    )


ODD: list[Any] = [
    5,
    -1,
    "x",
    [],
    {},
    [[]],
    True,
    None,
    float("nan"),
    float("inf"),
    1e308,
    10**40,
    "\ud800",
]
USAGES: list[object] = [
    *ODD,
    {"prompt_tokens": "many", "completion_tokens": 3},
    *({"prompt_tokens": odd, "completion_tokens": odd} for odd in ODD),
    *(
        {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": odd}
        for odd in (*ODD, *({"cached_tokens": odd} for odd in ODD))
    ),
]


def shapes(of: Callable[..., dict[str, Any]], choice: str) -> list[Any]:
    return [
        *(of(choices=odd) for odd in ODD),
        *(of(choices=[odd]) for odd in ODD),
        *(of(choices=[{choice: odd}]) for odd in ODD),
        *(of(choices=[{choice: {"content": odd}, "finish_reason": odd}]) for odd in ODD),
        *(of(usage=usage) for usage in USAGES),
        *(of(model=odd, system_fingerprint=odd) for odd in (*ODD, "m" * 100_000)),
        *(of(error=odd) for odd in ODD),
    ]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("ask", [whole, streamed])
def test_no_shape_of_an_answer_gets_through_unchecked(ask: Ask, every: int) -> None:
    bodies: list[object] = []
    told: list[str] = []
    tried = shapes(answer, "message") if ask is whole else shapes(piece, "delta")

    def say(caller: Caller) -> None:
        says(*bodies)(caller)

    with asking(say) as (engine, _):
        for body in tried[::every]:
            bodies[:] = [body] if ask is whole else [body, piece()]
            try:
                assert is_sane(ask(engine)), body
            except PlaygroundError as error:
                told.append(str(error))
    assert told
    assert max(map(len, told)) < 1_000


def test_no_list_of_models_breaks_a_look() -> None:
    bodies: list[Any] = []

    def say(caller: Caller) -> None:
        says(*bodies)(caller)

    lists: list[Any] = [
        *ODD,
        *([odd] for odd in ODD),
        *([{"id": odd, "owned_by": odd}] for odd in ODD),
    ]
    limits = ([{"id": "m", "max_model_len": odd}] for odd in ODD)
    with asking(say, model="auto") as (engine, _):
        for listed in (*lists, *limits):
            bodies[:] = [{"object": "list", "data": listed}]
            try:
                info = engine.probe()
            except PlaygroundError:
                continue
            assert isinstance(info.model, str)
            assert info.model
            assert info.context_tokens is None or info.context_tokens > 0


@pytest.mark.parametrize("ask", [whole, streamed])
def test_json_that_is_nested_too_deeply_is_no_answer(ask: Ask) -> None:
    bomb = b"[" * 200_000

    def say(caller: Caller) -> None:
        if ask is whole or caller.head.startswith("GET"):
            caller.send(caller.head_of("application/json") + bomb)
        else:
            caller.send(caller.head_of("text/event-stream") + b"data: " + bomb + b"\n\n")

    with asking(say) as (engine, _):
        with pytest.raises(EngineUnavailable, match="no answer"):
            ask(engine)
        assert engine.health().state is HealthState.DOWN
        assert engine.endpoints.get("/x").body == {}


def test_an_answer_without_end_is_left_when_it_is_longer_than_it_may_be() -> None:
    event = b"data: " + json.dumps(piece()).encode() + b"\n\n"

    def say(caller: Caller) -> None:
        caller.send(caller.head_of("text/event-stream"))
        while caller.send(event):
            pass

    with asking(say) as (engine, _):
        began = time.monotonic()
        done = streamed(engine)
        assert done.finish is Finish.LENGTH
        assert len(done.text) < 100_000
        assert time.monotonic() - began < SOON_S


@pytest.mark.parametrize("filling", [b"x" * 65_536, b"a\n" * 32_768])
def test_no_line_no_event_and_no_body_is_read_without_end(filling: bytes) -> None:
    sent: list[int] = []

    def say(caller: Caller) -> None:
        is_stream = caller.head.startswith("POST")
        caller.send(caller.head_of("text/event-stream" if is_stream else "application/json"))
        sent.append(0)
        while caller.send(filling):
            sent[-1] += len(filling)

    with asking(say) as (engine, _):
        for ask in (streamed, OpenAICompatibleEngine.probe):
            began = time.monotonic()
            with pytest.raises(EngineUnavailable, match="more than"):
                ask(engine)
            assert time.monotonic() - began < SOON_S
    assert max(sent) < 64 << 20


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_compressed_answer_is_refused(ask: Ask) -> None:
    def say(caller: Caller) -> None:
        body = zlib.compress(json.dumps(answer()).encode())
        caller.send(caller.head_of("application/json", "Content-Encoding: deflate") + body)

    with asking(say) as (engine, heard):
        with pytest.raises(EngineUnavailable, match="compressed"):
            ask(engine)
        assert "accept-encoding: identity" in heard.heads[0].lower()


def drip(caller: Caller) -> None:
    caller.send(caller.head_of("application/json"))
    while not caller.over.wait(0.02) and caller.send(b" "):
        pass


def test_a_server_that_drips_is_given_up() -> None:
    with asking(drip, model="auto", kind=_Hasty) as (engine, _):
        began = time.monotonic()
        assert engine.health().state is HealthState.DOWN
        with pytest.raises(EngineUnavailable, match="in time"):
            engine.probe()
        with pytest.raises(EngineUnavailable, match="in time"):
            engine.endpoints.get("/x", timeout_s=0.3)
        assert time.monotonic() - began < SOON_S


def test_a_question_is_cancelled_while_its_server_is_looked_at() -> None:
    looked = threading.Event()

    def say(caller: Caller) -> None:
        looked.set()
        drip(caller)

    class _Patient(OpenAICompatibleEngine):
        short_s = 3_600.0

    with asking(say, model="auto", kind=_Patient) as (engine, _):
        got: list[Chunk] = []

        def ask(request: GenerationRequest) -> None:
            got.extend(engine.stream(request))

        requests = [replace(QUESTION, id=f"q{n}") for n in range(2)]
        threads = [threading.Thread(target=ask, args=(request,)) for request in requests]
        for thread in threads:
            thread.start()
        assert looked.wait(SOON_S)
        for thread, request in zip(threads, requests, strict=True):
            deadline = time.monotonic() + SOON_S
            while thread.is_alive() and time.monotonic() < deadline:
                engine.cancel(request.id)
                thread.join(0.02)
            assert not thread.is_alive()
        assert [chunk.done.finish for chunk in got if chunk.done] == [Finish.CANCELLED] * 2


def test_closing_does_not_wait_for_a_look() -> None:
    looked = threading.Event()

    def say(caller: Caller) -> None:
        looked.set()
        drip(caller)

    with asking(say, model="auto") as (engine, _):
        ended: list[BaseException] = []

        def look() -> None:
            try:
                engine.probe()
            except EngineUnavailable as error:
                ended.append(error)

        thread = threading.Thread(target=look)
        thread.start()
        assert looked.wait(SOON_S)
        engine.close()
        thread.join(SOON_S)
        assert ended


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_neither_key_nor_question_follows_to_another_host(status: str) -> None:
    with hostile_server(says(answer())) as other:

        def say(caller: Caller) -> None:
            where = other.address.replace("127.0.0.1", "localhost")
            caller.send(caller.head_of("text/plain", f"Location: {where}", status=status))

        with asking(say, model="auto") as (engine, heard):
            for ask in (whole, streamed, OpenAICompatibleEngine.probe):
                with pytest.raises(PlaygroundError) as caught:
                    ask(engine)
                assert KEY not in str(caught.value)
            assert not engine.endpoints.get("/x").well
        assert all(f"Bearer {KEY}" in head for head in heard.heads)
        assert other.heads == []


def test_nothing_of_the_environment_is_told_to_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "OPENAI_ORG_ID": "org-mine",
        "OPENAI_PROJECT_ID": "project-mine",
        "OPENAI_API_KEY": "sk-mine",
        "OPENAI_ADMIN_KEY": "sk-admin-mine",
        "OPENAI_CUSTOM_HEADERS": "X-Gateway: gateway-mine\nAuthorization: Bearer other-mine",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with asking(says(answer())) as (engine, heard):
        assert is_sane(whole(engine))
        engine.endpoints.get("/x")
    assert len(heard.heads) == 2
    for head in heard.heads:
        assert "mine" not in head
        assert "stainless" not in head.lower()
        assert f"Bearer {KEY}" in head


@pytest.mark.parametrize("wait", ["1e308", "999999999999", "-1", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_waits_for_as_long_as_a_server_says(wait: str) -> None:
    def say(caller: Caller) -> None:
        head = caller.head_of("application/json", f"Retry-After: {wait}", status="429 Slow Down")
        caller.send(head + b'{"error": {"message": "slow down"}}')

    with asking(say) as (engine, heard):
        for ask in (whole, streamed):
            with pytest.raises(EngineUnavailable, match="asks to wait"):
                ask(engine)
        assert len(heard.heads) == 2


def test_a_connection_that_is_half_closed_ends_the_answer() -> None:
    def say(caller: Caller) -> None:
        event = b"data: " + json.dumps(piece()).encode() + b"\n\n"
        caller.send(caller.head_of("text/event-stream") + event + event[:20])
        caller.connection.shutdown(socket.SHUT_WR)
        caller.over.wait(SOON_S)

    with asking(say) as (engine, _):
        began = time.monotonic()
        assert streamed(engine).finish is Finish.LENGTH
        assert time.monotonic() - began < SOON_S / 2


def test_what_a_server_says_in_the_middle_of_an_answer_is_told_without_the_key() -> None:
    trouble = {"error": {"message": f"out of memory\n{KEY}"}}
    with (
        asking(says(piece(), trouble)) as (engine, _),
        pytest.raises(EngineUnavailable, match="out of memory") as caught,
    ):
        streamed(engine)
    assert KEY not in str(caught.value)


def test_half_a_character_does_no_harm() -> None:
    with asking(says(answer(choices=[{"message": {"content": "a\ud800b"}}]))) as (engine, _):
        assert whole(engine).text == "a?b"
