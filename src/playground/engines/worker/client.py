"""Talking to the worker over its unix socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx2

from playground.domain.errors import BadInput, EngineUnavailable
from playground.engines.calls import Call
from playground.engines.worker.template import Piece

_CONNECT_S = 5.0
_SHORT_S = 30.0
_HEALTHY_S = 10.0
_REASON_CHARS = 300
_KNOWN_MAX = 64
_WORTH_TOKENS = 64  # a shorter beginning is read in less time than it is fetched
_UNTIL_CUT = httpx2.Timeout(None, connect=_CONNECT_S)
"""For what belongs to a call: its own clock cuts it off."""


@dataclass(frozen=True, slots=True)
class Completed:
    """How a completion ended.

    Attributes:
        whole: whether the model ended it itself.
        cached: prompt tokens that were there already.
        prompt: prompt tokens.
        completion: tokens of the answer.
    """

    whole: bool
    cached: int
    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as tokens, and after how many of them it ends what other prompts share."""

    tokens: Sequence[int]
    heads: tuple[int, ...] = ()


class WorkerClient:
    """Calls of one worker; safe to share between threads.

    Every call has a connection of its own, so that shutting it down harms no other call.

    Args:
        socket: path of the worker's unix socket.
        api_key: what the worker asks for.
    """

    def __init__(self, socket: Path, *, api_key: str) -> None:
        self._http = httpx2.Client(
            base_url="http://worker",
            headers={"Authorization": f"Bearer {api_key}"},
            transport=httpx2.HTTPTransport(
                uds=str(socket), verify=False, limits=httpx2.Limits(max_keepalive_connections=0)
            ),
            timeout=httpx2.Timeout(_SHORT_S, connect=_CONNECT_S),
            trust_env=False,
        )
        self._lock = threading.Lock()
        self._known: dict[Piece, tuple[int, ...]] = {}

    def count(self, text: str) -> int:
        """Returns the number of tokens of a plain text.

        Raises:
            EngineUnavailable: the worker could not go on.
            httpx2.HTTPError: the worker does not answer.
        """
        return len(self._tokenize(Piece(text)))

    def prompt(self, pieces: Sequence[Piece], *, call: Call) -> Prompt:
        """Returns the tokens of a prompt; plain text never becomes a control token.

        Raises:
            EngineUnavailable: the worker could not go on.
            httpx2.HTTPError: the connection broke or was cut.
        """
        tokens: list[int] = []
        heads: list[int] = []
        for piece in pieces:
            tokens += self._tokens(piece, call=call)
            if piece.ends_shared and len(tokens) >= _WORTH_TOKENS + (heads[-1] if heads else 0):
                heads.append(len(tokens))
        return Prompt(tokens, tuple(heads))

    def healthy(self) -> bool:
        """Whether the worker says that it is well."""
        try:
            return self._http.get("/health", timeout=_HEALTHY_S).is_success
        except httpx2.HTTPError:
            return False

    def keep_state(self, slot: int, *, file: str, call: Call) -> bool:
        """Writes a slot's state into a file of the worker's folder; False when it cannot."""
        return self._state(slot, "save", file=file, call=call)

    def take_state(self, slot: int, *, file: str, call: Call) -> bool:
        """Reads a slot's state back; False when it cannot."""
        return self._state(slot, "restore", file=file, call=call)

    def complete(self, body: Mapping[str, object], *, call: Call) -> Iterator[str | Completed]:
        """Yields the answer's pieces and, last, how it ended.

        Raises:
            BadInput: the worker refuses the request.
            EngineUnavailable: the worker could not go on.
            httpx2.HTTPError: the connection broke or was cut.
        """
        request = {**body, "stream": True}
        with self._http.stream(
            "POST", "/completion", json=request, timeout=_UNTIL_CUT, extensions=_watched(call)
        ) as response:
            if response.is_error:
                response.read()
                raise _refusal(response.status_code, _decoded(response.text))
            for line in response.iter_lines():
                found = _event(line)
                if found is None:
                    continue
                yield from _read(found)

    def close(self) -> None:
        """Closes the client."""
        self._http.close()

    def _state(self, slot: int, action: str, *, file: str, call: Call) -> bool:
        return self._http.post(
            f"/slots/{slot}",
            params={"action": action},
            json={"filename": file},
            timeout=_UNTIL_CUT,
            extensions=_watched(call),
        ).is_success

    def _tokens(self, piece: Piece, *, call: Call) -> tuple[int, ...]:
        with self._lock:
            found = self._known.pop(piece, None)
        if found is None:
            found = self._tokenize(piece, call=call)
        with self._lock:
            self._known[piece] = found  # the first one is what was used longest ago
            if len(self._known) > _KNOWN_MAX:
                del self._known[next(iter(self._known))]
        return found

    def _tokenize(self, piece: Piece, *, call: Call | None = None) -> tuple[int, ...]:
        if not piece.text:
            return ()
        body = {"content": piece.text, "add_special": False, "parse_special": piece.is_control}
        response = (
            self._http.post("/tokenize", json=body)
            if call is None
            else self._http.post(
                "/tokenize", json=body, timeout=_UNTIL_CUT, extensions=_watched(call)
            )
        )
        if response.is_error:
            raise EngineUnavailable("The model's process cannot read a text; ask again.")
        found = _decoded(response.text).get("tokens")
        return tuple(cast("list[int]", found)) if isinstance(found, list) else ()


def _watched(call: Call) -> dict[str, object]:
    return {"trace": call.trace}


def _event(line: str) -> dict[str, object] | None:
    name, _, value = line.partition(":")
    if name not in {"data", "error"} or value.strip() == "[DONE]":
        return None
    return _decoded(value)


def _decoded(text: str) -> dict[str, object]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _read(event: Mapping[str, object]) -> Iterator[str | Completed]:
    if "error" in event or "code" in event:
        raise _refusal(500, event)
    text = event.get("content")
    if isinstance(text, str) and text:
        yield text
    if event.get("stop") is True:
        timings = event.get("timings")
        cached = cast("dict[str, object]", timings).get("cache_n") if timings else 0
        yield Completed(
            whole=event.get("stop_type") in {"eos", "word"} and not event.get("truncated"),
            cached=_number(cached),
            prompt=_number(event.get("tokens_evaluated")),
            completion=_number(event.get("tokens_predicted")),
        )


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _refusal(status: int, body: Mapping[str, object]) -> BadInput | EngineUnavailable:
    error = body.get("error", body)
    facts = cast("dict[str, object]", error) if isinstance(error, dict) else {}
    message = str(facts.get("message", "")) or f"status {status}"
    if facts.get("type") == "exceed_context_size_error":
        return BadInput(
            f"The prompt has {facts.get('n_prompt_tokens')} tokens and the engine has room for "
            f"{facts.get('n_ctx')}; ask about less or raise the engine's context_tokens."
        )
    reason = "".join(c for c in message if c.isprintable())[:_REASON_CHARS].rstrip(".")
    if status in {400, 422} or facts.get("code") == 400:
        return BadInput(f"The engine cannot take the request ({reason}); change it.")
    return EngineUnavailable(f"The model's process could not go on ({reason}); ask again.")
