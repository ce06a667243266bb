"""What every engine that speaks the OpenAI protocol does in the same way.

An adapter says what is its own: how a body is written, how the server is looked at, and how the
server is told that an answer is no longer wanted.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import openai
from openai.types import Model

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
from playground.engines.remote.answer import Answer, cut_out, models_in
from playground.engines.remote.continuation import Continuation, continued
from playground.engines.remote.errors import late, translated
from playground.engines.remote.server import (
    CONNECT_S,
    SHORT_S,
    Endpoints,
    Server,
    http_client,
)
from playground.engines.remote.watching import Watching

_BYTES_PER_TOKEN = 2.5  # code has three to four, so the count is too high rather than too low
_NO_KEY = "none"  # servers without keys ignore it, and the library insists on one
_CANCELLED = frozenset({"abort", "aborted", "cancelled"})
_CLOSED = "The engine is closed; start Playground again."
_ODD = (openai.OpenAIError, httpx2.HTTPError, ValueError, RecursionError)
_CHARS_PER_TOKEN_MAX = 128
"""No tokenizer has longer tokens, so a server that says more goes on past its bound."""


class RemoteEngine(ABC):
    """The port `Engine` over the OpenAI protocol; safe to share between threads.

    Attributes:
        kind: the adapter's module name.
        at_best: what servers of this kind can do, as long as this one was not looked at.
        looks_first: whether the first question waits for a look even when a model is configured.
        short_s: seconds that a server has to say which models it has.

    Args:
        server: which server.
        model: the model's id, "auto" for the first one that the server lists.
    """

    kind: ClassVar[str]
    looks_first: ClassVar[bool] = True
    short_s: ClassVar[float] = SHORT_S
    at_best: Capability = Capability.CHAT | Capability.STREAM | Capability.CANCEL | Capability.SEED

    def __init__(self, server: Server, *, model: str) -> None:
        self.wanted = "" if model == "auto" else model
        self._calls = Calls()
        self._watching = Watching(self._calls)
        self._info: EngineInfo | None = None
        self._closed = False
        self._connect(server)

    # ── what an adapter says ─────────────────────────────────────────────────────────────────

    @abstractmethod
    def look(self) -> EngineInfo:
        """Finds out what the server is without asking its model anything.

        Raises:
            EngineUnavailable: it does not answer, or is none of this kind.
        """

    @abstractmethod
    def body(self, request: GenerationRequest, *, model: str, call_id: str) -> dict[str, Any]:
        """Returns the arguments of the client library's call for this request.

        Args:
            request: a whole request; one whose beginning is emulated comes without it.
            model: the model's id.
            call_id: unlike any other call's.
        """

    def emulates(self, request: GenerationRequest) -> bool:
        """Whether the request begins an answer that the server cannot continue itself."""
        del request
        return False

    def unwanted(self, call_id: str) -> None:
        """Hears that the connection of a call was closed before its answer was whole."""
        del call_id

    def trouble(self, error: Exception) -> PlaygroundError:
        """Returns our error for what the client library raised."""
        return translated(error, where=self.server.base_url, hidden=self.server.hidden)

    # ── the port ─────────────────────────────────────────────────────────────────────────────

    def probe(self) -> EngineInfo:
        """Looks at the server.

        Raises:
            EngineUnavailable: it does not answer or has no model.
        """
        self._refuse_closed()
        with self._watching.one_look(unless=self.refuse_unwanted):
            self._info = self.look()
            return self._info

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state; `deep` asks for one token."""
        began = time.monotonic()
        try:
            if deep:
                hello = (Message("user", "Hello"),)
                self.generate(GenerationRequest("health", hello, max_tokens=1))
            else:
                self.listed()
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
        raise EngineUnavailable(f"{self.server.base_url} ended an answer early; ask again.")

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece; closing the iterator cancels. Raises what `generate` raises."""
        return self._checked(request, in_one_piece=False)

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
        refuse_adapters(self.kind)

    def unload_adapter(self, name: str) -> None:
        """Refuses: the protocol has no adapters.

        Raises:
            BadInput: always.
        """
        del name
        refuse_adapters(self.kind)

    def close(self) -> None:
        """Cancels what is under way and closes the connections; may be called twice."""
        self._closed = True
        self._calls.cancel_all()
        self._client.close()

    # ── for adapters ─────────────────────────────────────────────────────────────────────────

    @property
    def known(self) -> EngineInfo | None:
        """What the last look found."""
        return self._info

    @property
    def capabilities(self) -> Capability:
        """What this server can do, or what its kind can at best."""
        return self._info.capabilities if self._info else self.at_best

    def check(self, request: GenerationRequest) -> None:
        """Makes sure that the request can be asked here.

        Raises:
            BadInput: it cannot.
        """
        check_request(request, kind=self.kind, capabilities=self.capabilities)

    def looked(self) -> EngineInfo:
        """Returns what is known, after a first look if need be; raises what `look` raises."""
        self._refuse_closed()
        with self._watching.one_look(unless=self.refuse_unwanted):
            if self._info is None:
                self._info = self.look()
            return self._info

    def listed(self) -> list[Model]:
        """Asks which models the server has.

        Raises:
            EngineUnavailable: it does not answer.
        """
        self._refuse_closed()
        with self._watching.brief(self.short_s) as call:
            try:
                listed = self._client.models.list().data
            except openai.NotFoundError as error:
                if self.wanted:
                    return []  # some servers list nothing and answer all the same
                raise self.trouble(error) from error
            except (*_ODD, AttributeError) as error:
                trouble = late(self.server.base_url) if call.over else self.trouble(error)
                raise trouble from error
            return models_in(listed)

    def chosen(self, listed: list[Model]) -> Model | None:
        """Returns the configured model of those that are listed, the first one for "auto".

        Raises:
            EngineUnavailable: the server has none and none is configured.
        """
        for model in listed:
            if model.id == (self.wanted or model.id):
                return model
        if not self.wanted:
            raise EngineUnavailable(f"{self.server.base_url} has no model; load one or set model.")
        return None

    def _connect(self, server: Server) -> None:
        """Takes this server from now on."""
        self.server = server
        self._http = http_client(server.base_url, watch=self._watching.noted)
        self._client = openai.OpenAI(
            base_url=server.base_url,
            api_key=server.key or _NO_KEY,
            default_headers={"Authorization": f"Bearer {server.key or _NO_KEY}"},
            max_retries=0,
            timeout=httpx2.Timeout(SHORT_S, connect=CONNECT_S),
            http_client=self._http,
        )
        self.endpoints = Endpoints(server, client=self._http, within=self._watching.brief)

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def _checked(self, request: GenerationRequest, *, in_one_piece: bool) -> Iterator[Chunk]:
        self.check(request)
        self._refuse_closed()
        return self._answered(request, in_one_piece=in_one_piece)

    def _answered(self, request: GenerationRequest, *, in_one_piece: bool) -> Iterator[Chunk]:
        if self._info is None and (self.looks_first or not self.wanted):
            if not self._looked_for(request):
                yield Chunk("", Generation("", Finish.CANCELLED, Usage(), self.wanted))
                return
            self.check(request)
        answer = Answer()
        call_id = f"{request.id[:64]}-{secrets.token_hex(8)}"
        with self._calls.running(request.id, deadline_s=request.deadline_s) as call:
            try:
                pieces = self._whole if in_one_piece else self._pieces
                with self._wanted(answer, call_id):
                    for text in pieces(request, answer=answer, call=call, call_id=call_id):
                        yield Chunk(text)
            except _ODD as error:
                if not call.over:
                    raise self.trouble(error) from error
            if call.over and not answer.finish:
                if not call.cancelled:
                    raise call.too_late(self.server.base_url)
                yield Chunk("", self._generation(answer, request=request, call=call))
                return
            if not answer.heard:
                raise self.trouble(ValueError())
            yield Chunk("", self._generation(answer, request=request, call=call))

    def _whole(
        self, request: GenerationRequest, *, answer: Answer, call: Call, call_id: str
    ) -> Iterator[str]:
        with self._watching.working_for(call):
            completion = self._client.chat.completions.create(
                **self._arguments(request, call_id), stream=False, timeout=_timeout(request)
            )
        answer.take_whole(completion)
        if self.emulates(request):
            begun = request.messages[-1].content
            answer.text, stopped = continued(answer.text, begun=begun, stop=request.stop)
            answer.finish = "stop" if stopped else answer.finish
        if answer.text:
            yield answer.text

    def _pieces(
        self, request: GenerationRequest, *, answer: Answer, call: Call, call_id: str
    ) -> Iterator[str]:
        with self._watching.working_for(call):
            stream = self._client.chat.completions.create(
                **self._arguments(request, call_id),
                stream=True,
                stream_options={"include_usage": True},
                timeout=_timeout(request),
            )
        with stream:
            if self.emulates(request):
                begun = Continuation(request.messages[-1].content, stop=request.stop)
                yield from cut_out(stream, begun=begun, answer=answer)
                return
            for chunk in stream:
                text = answer.take_piece(chunk)
                if text:
                    yield text
                if len(answer.text) > request.max_tokens * _CHARS_PER_TOKEN_MAX:
                    answer.finish = "length"
                    return

    def _arguments(self, request: GenerationRequest, call_id: str) -> dict[str, Any]:
        model = self._info.model if self._info else self.wanted
        return self.body(request, model=model, call_id=call_id)

    def _generation(self, answer: Answer, *, request: GenerationRequest, call: Call) -> Generation:
        usage = answer.usage
        if usage is None:
            asked = "\n".join(m.content for m in request.messages)
            count = RemoteEngine.count_tokens  # an estimate; the server may be gone
            usage = Usage(count(self, asked), 0, count(self, answer.text))
        finish = Finish.STOP if answer.finish == "stop" else Finish.LENGTH
        if answer.finish in _CANCELLED or (call.cancelled and not answer.finish):
            finish = Finish.CANCELLED
        model = answer.model or (self._info.model if self._info else self.wanted)
        version = answer.version or (self._info.version if self._info else "")
        return Generation(answer.text, finish, usage, model, version, call.seconds)

    def _refuse_closed(self) -> None:
        if self._closed:
            raise EngineUnavailable(_CLOSED)

    @contextmanager
    def _wanted(self, answer: Answer, call_id: str) -> Generator[None]:
        """Says so when the answer was left before it was whole."""
        try:
            yield
        finally:
            if not answer.finish:
                self.unwanted(call_id)

    def _looked_for(self, request: GenerationRequest) -> bool:
        """Looks at the server for a request; False when somebody cancelled that meanwhile.

        A server of our own may take long to start, so the request's deadline does not count yet.
        """
        with (
            self._calls.running(request.id, deadline_s=threading.TIMEOUT_MAX) as call,
            self._watching.working_for(call),
        ):
            try:
                self.looked()
            except EngineUnavailable:
                if not call.cancelled:
                    raise
            return not call.cancelled

    def refuse_unwanted(self) -> None:
        """Makes sure that a look is still wanted.

        Raises:
            EngineUnavailable: what it is for was cancelled, or the engine was closed.
        """
        self._refuse_closed()
        if self._watching.is_over:
            raise EngineUnavailable("The question was cancelled; ask again.")


def _timeout(request: GenerationRequest) -> httpx2.Timeout:
    # a little more than the call's own, so that it is the call that ends it and says why
    return httpx2.Timeout(request.deadline_s + 1.0, connect=min(CONNECT_S, request.deadline_s))
