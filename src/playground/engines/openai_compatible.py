"""Any server that speaks the OpenAI protocol: vLLM, Ollama, LM Studio, hosted services."""

from __future__ import annotations

import ipaddress
import json
import math
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types import Model
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from playground.domain.candidates import Usage
from playground.domain.errors import EngineUnavailable, PlaygroundError
from playground.domain.ports import (
    Capability,
    Chunk,
    EngineInfo,
    Finish,
    Generation,
    GenerationRequest,
    Health,
    HealthState,
    Message,
)
from playground.engines.calls import Call, Calls, check_request, refuse_adapters
from playground.engines.factory.context import EngineContext
from playground.engines.remote.answer import Answer
from playground.engines.remote.continuation import continued
from playground.engines.remote.errors import translated

KIND = "openai_compatible"
_HOSTED = "https://api.openai.com/v1"
_CONNECT_S = 5.0
_SHORT_S = 10.0
_BYTES_PER_TOKEN = 2.5  # code has three to four, so the count is too high rather than too low
_NO_KEY = "none"  # servers without keys ignore it, and the library insists on one


class Options(BaseModel):
    """Options of a server that speaks the OpenAI protocol.

    Attributes:
        base_url: where its API begins, usually ending in /v1; None for the hosted service.
        api_key: the key itself, passed in from the variable that the configuration names.
        model: the model's id, "auto" for the first one that the server lists.
        json_schema: whether the server can hold answers to a JSON schema.
        prefill: how a begun answer is continued: "emulate" asks anew and cuts the beginning off,
            "native" sends the begun message as it is, "flags" also sends the flags of vLLM and
            SGLang.
        tokens_field: how the server calls the bound on an answer's tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str = Field(default="auto", min_length=1)
    json_schema: bool = True
    prefill: Literal["emulate", "native", "flags"] = "emulate"
    tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it is no address; write one such as http://127.0.0.1:8000/v1")
        if parts.username or parts.password:
            raise ValueError("an address holds no key; name its variable in api_key_env")
        return value


def create(options: Options, context: EngineContext) -> OpenAICompatibleEngine:
    """Returns the engine; nothing is asked before the first question."""
    del context
    return OpenAICompatibleEngine(options)


class OpenAICompatibleEngine:
    """The port `Engine` over the OpenAI protocol; safe to share between threads."""

    kind = KIND

    def __init__(self, options: Options) -> None:
        self._options = options
        self._where = options.base_url or _HOSTED
        self._key = options.api_key.get_secret_value() if options.api_key else ""
        self._calls = Calls()
        self._call: ContextVar[Call | None] = ContextVar("call", default=None)
        self._client = openai.OpenAI(
            base_url=self._where,
            api_key=self._key or _NO_KEY,
            max_retries=0,
            timeout=httpx2.Timeout(_SHORT_S, connect=_CONNECT_S),
            http_client=self._http_client(),
        )
        self._capabilities = Capability.CHAT | Capability.STREAM | Capability.CANCEL
        self._capabilities |= Capability.SEED | Capability.CACHE_REPORT
        if options.json_schema:
            self._capabilities |= Capability.JSON_SCHEMA
        self._model = "" if options.model == "auto" else options.model
        self._closed = False

    def probe(self) -> EngineInfo:
        """Asks the server which models it has.

        Raises:
            EngineUnavailable: it does not answer or has none.
        """
        context_tokens: int | None = None
        for listed in self._listed():
            if listed.id == (self._model or listed.id):
                self._model = listed.id
                context_tokens = _context_tokens(listed)
                break
        if not self._model:
            raise EngineUnavailable(f"{self._where} has no model; load one or set model.")
        why = "part of the protocol; the server was not asked to prove it"
        evidence = {c.name: why for c in self._capabilities if c.name}
        return EngineInfo(KIND, self._model, "", context_tokens, self._capabilities, evidence)

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state; `deep` asks for one token."""
        began = time.monotonic()
        try:
            if deep:
                hello = (Message("user", "Hello"),)
                self.generate(GenerationRequest("health", hello, max_tokens=1))
            else:
                self._listed()
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error), time.monotonic() - began)
        return Health(HealthState.READY, "", time.monotonic() - began)

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            BadInput: the engine or the server cannot take the request.
            EngineUnavailable: the server is down, refuses the key or is too slow.
        """
        for chunk in self._checked(request, in_one_piece=True):
            if chunk.done is not None:
                return chunk.done
        raise EngineUnavailable(f"{self._where} ended an answer early; ask again.")

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece; closing the iterator cancels. Raises what `generate` raises.

        A begun answer that has to be cut out of a new one comes in one piece.
        """
        return self._checked(request, in_one_piece=self._emulates(request))

    def cancel(self, request_id: str) -> bool:
        """Cancels a request of another thread; False when it is not running."""
        return self._calls.cancel(request_id)

    def count_tokens(self, text: str) -> int:
        """Returns a safe over-estimate; the protocol has no way to ask."""
        return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Refuses: the protocol has no adapters.

        Raises:
            BadInput: always.
        """
        del name, path
        refuse_adapters(KIND)

    def unload_adapter(self, name: str) -> None:
        """Refuses: the protocol has no adapters.

        Raises:
            BadInput: always.
        """
        del name
        refuse_adapters(KIND)

    def close(self) -> None:
        """Cancels what is under way and closes the connections; may be called twice."""
        self._closed = True
        self._calls.cancel_all()
        self._client.close()

    def _checked(self, request: GenerationRequest, *, in_one_piece: bool) -> Iterator[Chunk]:
        check_request(request, kind=KIND, capabilities=self._capabilities)
        if self._closed:
            raise EngineUnavailable("The engine is closed; start Playground again.")
        return self._answered(request, in_one_piece=in_one_piece)

    def _answered(self, request: GenerationRequest, *, in_one_piece: bool) -> Iterator[Chunk]:
        if not self._model:
            self.probe()
        answer = Answer()
        with self._calls.running(request.id, deadline_s=request.deadline_s) as call:
            try:
                pieces = self._whole if in_one_piece else self._pieces
                for text in pieces(request, answer=answer, call=call):
                    yield Chunk(text)
            except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
                if not call.over:
                    raise translated(error, where=self._where, key=self._key) from error
            if call.over and not answer.finish:
                if not call.cancelled:
                    raise call.too_late(self._where)
                yield Chunk("", self._generation(answer, request=request, call=call))
                return
            if not answer.heard:
                raise translated(ValueError(), where=self._where, key=self._key)
            yield Chunk("", self._generation(answer, request=request, call=call))

    def _whole(self, request: GenerationRequest, *, answer: Answer, call: Call) -> Iterator[str]:
        with self._watched(call):
            completion = self._client.chat.completions.create(
                **self._body(request), stream=False, timeout=_timeout(request)
            )
        answer.take_whole(completion)
        if self._emulates(request):
            begun = request.messages[-1].content
            answer.text, stopped = continued(answer.text, begun=begun, stop=request.stop)
            answer.finish = "stop" if stopped else answer.finish
        if answer.text:
            yield answer.text

    def _pieces(self, request: GenerationRequest, *, answer: Answer, call: Call) -> Iterator[str]:
        with self._watched(call):
            stream = self._client.chat.completions.create(
                **self._body(request),
                stream=True,
                stream_options={"include_usage": True},
                timeout=_timeout(request),
            )
        with stream:
            for chunk in stream:
                text = answer.take_piece(chunk)
                if text:
                    yield text

    def _emulates(self, request: GenerationRequest) -> bool:
        """Whether the request begins an answer that the server cannot continue itself."""
        last_role = request.messages[-1].role if request.messages else ""
        return last_role == "assistant" and self._options.prefill == "emulate"

    def _body(self, request: GenerationRequest) -> dict[str, Any]:
        emulated = self._emulates(request)
        messages = request.messages[:-1] if emulated else request.messages
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            self._options.tokens_field: request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
        }
        if request.stop and not emulated:
            body["stop"] = list(request.stop)
        if request.seed is not None:
            body["seed"] = request.seed
        if request.constraint is not None:
            schema = {"name": "answer", "schema": json.loads(request.constraint.value)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if self._options.prefill == "flags" and messages[-1].role == "assistant":
            body["extra_body"] = {"continue_final_message": True, "add_generation_prompt": False}
        return body

    def _generation(self, answer: Answer, *, request: GenerationRequest, call: Call) -> Generation:
        usage = answer.usage
        if usage is None:
            asked = "\n".join(m.content for m in request.messages)
            usage = Usage(self.count_tokens(asked), 0, self.count_tokens(answer.text))
        finish = Finish.STOP if answer.finish == "stop" else Finish.LENGTH
        if call.cancelled and not answer.finish:
            finish = Finish.CANCELLED
        model = answer.model or self._model
        return Generation(answer.text, finish, usage, model, answer.version, call.seconds)

    def _listed(self) -> list[Model]:
        if self._closed:
            raise EngineUnavailable("The engine is closed; start Playground again.")
        try:
            return list(self._client.models.list().data or ())
        except openai.NotFoundError as error:
            if self._model:
                return []  # some servers list nothing and answer all the same
            raise translated(error, where=self._where, key=self._key) from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError) as error:
            raise translated(error, where=self._where, key=self._key) from error

    @contextmanager
    def _watched(self, call: Call) -> Generator[None]:
        """Lets the call know each connection that is opened meanwhile."""
        token = self._call.set(call)
        try:
            yield
        finally:
            self._call.reset(token)

    def _http_client(self) -> httpx2.Client:
        def watch(request: httpx2.Request) -> None:
            call = self._call.get()
            if call is not None:
                request.extensions = {**request.extensions, "trace": call.trace}

        return httpx2.Client(
            base_url=self._where,
            # A connection for each call: cutting one harms no other.
            limits=httpx2.Limits(max_keepalive_connections=0),
            event_hooks={"request": [watch]},
            trust_env=not _is_loopback(self._where),
            # Reading all certificates takes time, and plain HTTP, never redirected, needs none.
            verify=urlsplit(self._where).scheme == "https",
        )


def _timeout(request: GenerationRequest) -> httpx2.Timeout:
    return httpx2.Timeout(request.deadline_s, connect=min(_CONNECT_S, request.deadline_s))


def _is_loopback(address: str) -> bool:
    """Whether the address is this machine, where no proxy has any business."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context_tokens(listed: Model) -> int | None:
    extra = listed.model_extra or {}
    found: object = extra.get("max_model_len") or extra.get("context_length")
    return found if isinstance(found, int) else None
