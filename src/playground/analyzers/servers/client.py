"""One conversation with a language server; safe to share between threads."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import TypeAdapter

from playground.analyzers.servers.messages import Frames, framed
from playground.domain.errors import AnalyzerUnavailable

_SEND_TIMEOUT_S = 10.0
_LISTEN_S = 3600.0
_MESSAGE = TypeAdapter(dict[str, object])

Answer = Callable[[object], object]
"""Returns our answer to what a server asks; gets the question's parameters."""


class Pipe(Protocol):
    """What a running program offers, see `playground.security.process.ToolServer`."""

    def send(self, data: bytes, *, timeout_s: float) -> None:
        """Writes all of it."""
        ...

    def receive(self, *, timeout_s: float) -> bytes:
        """Returns what it wrote since."""
        ...

    def kill(self) -> None:
        """Ends it."""
        ...


class LanguageClient:
    """Asks a language server and answers what it asks back.

    Args:
        pipe: the running server.
        answers: by method, our answers to the server's own questions; others get null.
    """

    def __init__(self, pipe: Pipe, *, answers: Mapping[str, Answer]) -> None:
        self._pipe = pipe
        self._answers = answers
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[object]] = {}
        self._end: Exception | None = None
        threading.Thread(target=self._listen, name="language-client", daemon=True).start()

    def request(self, method: str, params: object, *, timeout_s: float) -> object:
        """Asks and waits for the answer.

        Raises:
            TimeoutError: it did not come in time; the server has to be killed.
            AnalyzerUnavailable: the server ended.
            ValueError: the server says something that cannot be understood, or refuses.
        """
        number = next(self._numbers)
        answer: queue.SimpleQueue[object] = queue.SimpleQueue()
        with self._lock:
            if self._end is not None:
                raise self._end
            self._waiting[number] = answer
        try:
            self._send({"id": number, "method": method, "params": params})
            found = answer.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"{method} was not answered within {timeout_s:g} s") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        if isinstance(found, Exception):
            raise found
        return found

    def notify(self, method: str, params: object) -> None:
        """Tells the server something.

        Raises:
            AnalyzerUnavailable: the server ended or does not read.
        """
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, object]) -> None:
        data = framed({"jsonrpc": "2.0", **message})
        self._pipe.send(data, timeout_s=_SEND_TIMEOUT_S)

    def _listen(self) -> None:
        frames = Frames()
        try:
            while True:
                try:
                    piece = self._pipe.receive(timeout_s=_LISTEN_S)
                except TimeoutError:
                    continue
                for body in frames.feed(piece):
                    self._take(_MESSAGE.validate_json(body))
        except (AnalyzerUnavailable, ValueError, RecursionError) as error:
            self._stop(error)

    def _stop(self, error: Exception) -> None:
        end = error
        if not isinstance(error, AnalyzerUnavailable):
            # Nothing that comes later can be told apart from the middle of a message.
            self._pipe.kill()
            end = ValueError(f"the server cannot be understood: {error}")
        with self._lock:
            self._end = end
            waiting = list(self._waiting.values())
        for answer in waiting:
            answer.put(end)

    def _take(self, said: dict[str, object]) -> None:
        number, method = said.get("id"), said.get("method")
        if isinstance(method, str):
            if number is not None:
                self._reply(number, method, said.get("params"))
            return
        with self._lock:
            answer = self._waiting.get(number) if isinstance(number, int) else None
        if answer is not None:
            refused = said.get("error")
            answer.put(said.get("result") if refused is None else ValueError(str(refused)[:500]))

    def _reply(self, number: object, method: str, params: object) -> None:
        # Some servers end when a question of theirs is refused, so the rest is answered with null.
        answer = self._answers.get(method)
        self._send({"id": number, "result": None if answer is None else answer(params)})
