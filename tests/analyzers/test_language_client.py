"""Messages survive any cutting, answers find their questions, and an odd server is ended."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.servers.client import LanguageClient
from playground.analyzers.servers.messages import Frames, framed
from playground.domain.errors import AnalyzerUnavailable

texts = st.text(alphabet='aé😀\r\n\x00\\"', max_size=12)
messages = st.dictionaries(texts, st.one_of(texts, st.integers(), st.none()), max_size=4)


@given(st.lists(messages, max_size=5), st.lists(st.integers(1, 30), min_size=1))
def test_messages_survive_any_cutting(sent: list[Mapping[str, object]], sizes: list[int]) -> None:
    data, frames, got = b"".join(framed(m) for m in sent), Frames(), list[object]()
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        turn += 1
        got += [json.loads(body) for body in frames.feed(data[:size])]
        data = data[size:]
    assert got == sent


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_out(noise: bytes) -> None:
    with contextlib.suppress(ValueError):
        list(Frames().feed(noise))


@pytest.mark.parametrize(
    "head", [b"x" * 5_000, b"Content-Length: -1\r\n\r\n", b"Content-Length: 99999999999\r\n\r\n"]
)
def test_heads_that_cannot_be_are_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        list(Frames().feed(head))


def test_half_characters_do_not_stop_a_message() -> None:
    assert list(Frames().feed(framed({"a": "\ud800"}))) == [b'{"a":"?"}']


class FakePipe:
    """A server's pipes in memory; what `say` gets is received, what was sent lies in `sent`."""

    def __init__(self) -> None:
        self.sent: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self.killed = threading.Event()
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._frames = Frames()

    def say(self, message: Mapping[str, object]) -> None:
        self._said.put(framed(message))

    def say_bytes(self, data: bytes) -> None:
        self._said.put(data)

    def end(self) -> None:
        self._said.put(None)

    def send(self, data: bytes, *, timeout_s: float) -> None:
        assert timeout_s > 0
        for body in self._frames.feed(data):
            self.sent.put(json.loads(body))

    def receive(self, *, timeout_s: float) -> bytes:
        assert timeout_s > 0
        said = self._said.get()
        if said is None:
            raise AnalyzerUnavailable("It has ended.")
        return said

    def kill(self) -> None:
        self.killed.set()
        self.end()


def _asked(
    client: LanguageClient, into: list[object], *, timeout_s: float = 5.0
) -> threading.Thread:
    def ask() -> None:
        try:
            into.append(client.request("ask", {"n": 1}, timeout_s=timeout_s))
        except (AnalyzerUnavailable, TimeoutError, ValueError) as error:
            into.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_answers_find_their_questions_in_any_order() -> None:
    pipe, first, second = FakePipe(), list[object](), list[object]()
    client = LanguageClient(pipe, answers={})
    threads = [_asked(client, first)]
    one = pipe.sent.get(timeout=5)
    threads.append(_asked(client, second))
    two = pipe.sent.get(timeout=5)
    pipe.say({"id": two["id"], "result": "two"})
    pipe.say({"method": "window/logMessage", "params": {}})
    pipe.say({"id": one["id"], "result": "one"})
    for thread in threads:
        thread.join()
    assert (first, second) == (["one"], ["two"])
    pipe.end()


def test_a_server_gets_answers_to_its_own_questions() -> None:
    pipe = FakePipe()
    client = LanguageClient(pipe, answers={"known": lambda params: [params]})
    pipe.say({"id": "x", "method": "known", "params": 7})
    pipe.say({"id": 2, "method": "unknown"})
    client.notify("note", None)
    got = [pipe.sent.get(timeout=5) for _ in range(3)]
    assert {"jsonrpc": "2.0", "id": "x", "result": [7]} in got
    assert {"jsonrpc": "2.0", "id": 2, "result": None} in got
    pipe.end()


def test_a_late_answer_is_dropped_and_a_missing_one_is_a_timeout() -> None:
    pipe, got = FakePipe(), list[object]()
    client = LanguageClient(pipe, answers={})
    _asked(client, got, timeout_s=0.01).join()
    late = pipe.sent.get(timeout=5)
    pipe.say({"id": late["id"], "result": "late"})
    thread = _asked(client, got)
    pipe.say({"id": pipe.sent.get(timeout=5)["id"], "result": "in time"})
    thread.join()
    assert isinstance(got[0], TimeoutError)
    assert got[1] == "in time"
    pipe.end()


def test_a_server_that_ends_ends_all_questions() -> None:
    pipe, got = FakePipe(), list[object]()
    client = LanguageClient(pipe, answers={})
    thread = _asked(client, got)
    pipe.sent.get(timeout=5)
    pipe.end()
    thread.join()
    assert isinstance(got[0], AnalyzerUnavailable)
    _asked(client, got).join()
    assert isinstance(got[1], AnalyzerUnavailable)


@pytest.mark.parametrize(
    "odd", [b"Content-Length: 2\r\n\r\n[]", b"Content-Length: 1\r\n\r\n{", b"hello\r\n\r\n"]
)
def test_a_server_that_cannot_be_understood_is_ended(odd: bytes) -> None:
    pipe, got = FakePipe(), list[object]()
    client = LanguageClient(pipe, answers={})
    thread = _asked(client, got)
    pipe.sent.get(timeout=5)
    pipe.say_bytes(odd)
    thread.join()
    assert isinstance(got[0], ValueError)
    assert pipe.killed.is_set()


def test_a_refusal_is_an_answer_that_cannot_be_used() -> None:
    pipe, got = FakePipe(), list[object]()
    thread = _asked(LanguageClient(pipe, answers={}), got)
    pipe.say({"id": pipe.sent.get(timeout=5)["id"], "error": {"code": 1, "message": "no"}})
    thread.join()
    assert isinstance(got[0], ValueError)
    assert not pipe.killed.is_set()
    pipe.end()
