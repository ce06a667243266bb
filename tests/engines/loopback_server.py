"""A small server of the OpenAI protocol on the loopback interface; it counts from one upwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

COUNTING = ", ".join(str(number) for number in range(1, 201))


@dataclass
class Behaviour:
    """What the server does; tests change it while it runs."""

    key: str = "sk-loopback-secret"
    status: int = 200
    error: str = "no reason"
    content_type: str = "application/json"
    raw: str = ""
    answer: str = COUNTING
    finish: str = "stop"
    word_s: float = 0.002
    models: tuple[str, ...] = ("counter-1", "counter-2")
    usage: bool = True
    drop_after: int = -1
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    broken_pipes: int = 0


class Handler(BaseHTTPRequestHandler):
    """Answers; a stand-in for a server of a certain kind derives from it."""

    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size

    def do_GET(self) -> None:
        self._got()

    def do_POST(self) -> None:
        self._posted()

    def _got(self) -> None:
        if self._refused():
            return
        listed: list[dict[str, Any]] = [
            {"id": m, "object": "model", "owned_by": "x", "max_model_len": 2048}
            for m in self.behaviour.models
        ]
        self._json({"object": "list", "data": listed})

    def _posted(self) -> None:
        body = self._body()
        self.behaviour.asked.append(body)
        if not self._refused():
            self._answer(body)

    def _answer(self, body: dict[str, Any]) -> None:
        text, finish = self._text(body)
        try:
            if body.get("stream"):
                self._stream(text, finish)
            else:
                time.sleep(self.behaviour.word_s * len(text.split()))
                self._json(self._whole(text, finish))
        except (BrokenPipeError, ConnectionResetError):
            self.behaviour.broken_pipes += 1
            self.close_connection = True

    def _body(self) -> dict[str, Any]:
        size = int(self.headers.get("Content-Length", "0"))
        return cast("dict[str, Any]", json.loads(self.rfile.read(size)))

    def _text(self, body: dict[str, Any]) -> tuple[str, str]:
        text, finish = self.behaviour.answer, self.behaviour.finish
        words = text.split(" ")
        if len(words) > body["max_tokens"]:
            text, finish = " ".join(words[: body["max_tokens"]]), "length"
        for stop in cast("list[str]", body.get("stop") or []):
            if stop in text:
                text, finish = text[: text.index(stop)], "stop"
        return text, finish

    def _usage(self, text: str) -> dict[str, Any] | None:
        if not self.behaviour.usage:
            return None
        count = len(text.split())
        details = {"cached_tokens": 5}
        return {
            "prompt_tokens": 12,
            "completion_tokens": count,
            "total_tokens": 12 + count,
            "prompt_tokens_details": details,
        }

    def _whole(self, text: str, finish: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": self._model(),
            "system_fingerprint": "fp-7",
            "choices": [choice],
            "usage": self._usage(text),
        }

    def _model(self) -> str:
        return self.behaviour.models[0] if self.behaviour.models else ""

    def _stream(self, text: str, finish: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        words = text.split(" ")
        for number, word in enumerate(words):
            if number == self.behaviour.drop_after:
                return
            piece = word if number == 0 else f" {word}"
            self._event({"delta": {"content": piece}, "index": 0, "finish_reason": None})
            time.sleep(self.behaviour.word_s)
        self._event({"delta": {}, "index": 0, "finish_reason": finish})
        self._event(None, usage=self._usage(text))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: dict[str, Any] | None, usage: dict[str, Any] | None = None) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self._model(),
            "choices": [choice] if choice else [],
            "usage": usage,
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _refused(self) -> bool:
        given = self.headers.get("Authorization", "")
        if self.behaviour.raw:
            self._send(self.behaviour.status, self.behaviour.raw.encode())
            return True
        if given != f"Bearer {self.behaviour.key}":
            self._json({"error": {"message": f"bad key {given}"}}, status=401)
            return True
        if self.behaviour.status != 200:
            self._json({"error": {"message": self.behaviour.error}}, status=self.behaviour.status)
            return True
        return False

    def _json(self, value: dict[str, Any], status: int = 200) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.behaviour.content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(handler: type[Handler], *, port: int = 0) -> Generator[str]:
    """Runs a server with this handler; gives its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def loopback_server() -> Generator[tuple[str, Behaviour]]:
    """Runs the plain server; gives its base URL and its behaviour."""
    behaviour = Behaviour()
    handler = cast("type[Handler]", type("Plain", (Handler,), {"behaviour": behaviour}))
    with serving(handler) as address:
        yield address, behaviour
