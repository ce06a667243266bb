"""llama.cpp from its prebuilt wheel, in a worker process of our own."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import BaseModel, ConfigDict, Field, model_validator

from playground.domain.candidates import Usage
from playground.domain.errors import EngineUnavailable, PlaygroundError
from playground.domain.ports import (
    Capability,
    Chunk,
    Constraint,
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
from playground.engines.worker.client import Completed
from playground.engines.worker.cores import usable_cores
from playground.engines.worker.host import Session, WorkerHost
from playground.engines.worker.launch import WorkerPlan
from playground.engines.worker.memory import check_room
from playground.engines.worker.prefixes import PrefixPlan
from playground.engines.worker.reading import prepare
from playground.engines.worker.template import Shared, chatml
from playground.engines.worker.wire import TUNED, Tuning

KIND = "llama_cpp"
_CAPABILITIES = (
    Capability.CHAT
    | Capability.STREAM
    | Capability.CANCEL
    | Capability.JSON_SCHEMA
    | Capability.REGEX
    | Capability.GRAMMAR
    | Capability.SEED
    | Capability.CACHE_REPORT
    | Capability.TOKENIZE
    | Capability.CONTINUE
)
_SEEDS = 2**32 - 1  # the number itself means "choose one"
_BROKEN = (httpx2.HTTPError, RuntimeError)  # the second one says that the client was closed
_TOP_K = 40
_MIN_P = 0.05


class Options(BaseModel):
    """Options of the built-in engine.

    Attributes:
        model: name of a model of the catalogue.
        model_path: a GGUF file of one's own instead, in the ChatML format; needs `sha256`.
        sha256: that file's digest.
        context_tokens: tokens of prompt plus answer.
        slots: answers that are decoded side by side.
        threads: 0 for as many as there are usable cores.
        prefix_mib_max: room on disk for the read beginnings of prompts, 0 for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: str = "qwen2.5-coder-1.5b"
    model_path: Path | None = None
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    context_tokens: int = Field(default=4_096, strict=True, ge=4_096, le=32_768)
    slots: int = Field(default=4, strict=True, ge=1, le=16)
    threads: int = Field(default=0, strict=True, ge=0, le=256)
    prefix_mib_max: int = Field(default=512, strict=True, ge=0, le=65_536)

    @model_validator(mode="after")
    def _file_is_pinned(self) -> Options:
        if (self.model_path is None) != (self.sha256 == ""):
            raise ValueError("set model_path and sha256 together")
        return self


def create(options: Options, context: EngineContext) -> LlamaCppEngine:
    """Returns the engine; nothing is started before the first question."""
    store = context.store

    def model_file() -> Path:
        if options.model_path is not None:
            return store.verified_file(options.model_path.expanduser(), sha256=options.sha256)
        return store.path(options.model)

    own = options.model_path
    entry = store.status(options.model).model if own is None else None
    model_id = own.stem if own is not None else Path(entry.file if entry else "").stem
    prefixes = PrefixPlan(
        store.folder.parent / "prefixes",
        model=entry.sha256 if entry else options.sha256,
        bytes_max=options.prefix_mib_max << 20,
    )
    return LlamaCppEngine(options, model_id=model_id, model_file=model_file, prefixes=prefixes)


@dataclass(slots=True)
class _Answer:
    """An answer as far as it has come."""

    prompt: int = 0
    cached: int | None = None
    text: str = ""
    pieces: int = 0
    ended: Completed | None = None


class LlamaCppEngine:
    """The port `Engine` over a worker process; safe to share between threads.

    Args:
        options: its options.
        model_id: what results call the model.
        model_file: returns the verified model file or raises `ModelMissing`.
        prefixes: where read beginnings of prompts are kept, None for nowhere.
        tuning: how the library works.
    """

    kind = KIND

    def __init__(
        self,
        options: Options,
        *,
        model_id: str,
        model_file: Callable[[], Path],
        prefixes: PrefixPlan | None = None,
        tuning: Tuning = TUNED,
    ) -> None:
        self._options = options
        self._prefixes = prefixes
        self._tuning = tuning
        self._model_id = model_id
        self._model_file = model_file
        self._calls = Calls()
        self._host = WorkerHost(self._plan)

    def probe(self) -> EngineInfo:
        """Starts the worker if need be and says what it can do.

        Raises:
            EngineUnavailable: it cannot be started.
            ModelMissing: the model was not pulled yet.
        """
        version = self._host.session().worker.version
        why = f"part of xllamacpp {version}, held by the contract suite"
        evidence = {c.name: why for c in _CAPABILITIES if c.name}
        evidence["SEED"] = f"{why}; exact as long as the same prompt is kept in the same slots"
        return EngineInfo(
            KIND, self._model_id, version, self._options.context_tokens, _CAPABILITIES, evidence
        )

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state; `deep` starts the worker and asks for one token."""
        began = time.monotonic()
        try:
            if deep:
                hello = (Message("user", "Hello"),)
                identity = f"health-{secrets.token_hex(4)}"
                self.generate(GenerationRequest(identity, hello, max_tokens=1))
                return Health(HealthState.READY, "", time.monotonic() - began)
            session = self._host.current
            if session is None:
                self._host.check_open()
                self._model_file()
                return Health(HealthState.STARTING, "It starts with the first question.")
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error), time.monotonic() - began)
        well = session.client.healthy()
        if not well:
            self._host.doubt(session)
        detail = "" if well else "The model's process does not answer; ask again to start it anew."
        state = HealthState.READY if well else HealthState.DOWN
        return Health(state, detail, time.monotonic() - began)

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            BadInput: the request needs something that the engine cannot do.
            EngineUnavailable: the worker cannot be started, broke off or was too slow.
            ModelMissing: the model was not pulled yet.
        """
        for chunk in self.stream(request):
            if chunk.done is not None:
                return chunk.done
        raise EngineUnavailable("The model's process ended an answer early; ask again.")

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece; closing the iterator cancels. Raises what `generate` raises."""
        check_request(request, kind=KIND, capabilities=_CAPABILITIES)
        return self._stream(request)

    def cancel(self, request_id: str) -> bool:
        """Cancels a request of another thread; False when it is not running."""
        return self._calls.cancel(request_id)

    def count_tokens(self, text: str) -> int:
        """Returns the exact number of tokens.

        Raises:
            EngineUnavailable: the worker does not answer.
        """
        session = self._host.session()
        try:
            return session.client.count(text)
        except _BROKEN as error:
            raise self._host.trouble(session) from error

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Refuses: this engine has no adapters.

        Raises:
            BadInput: always.
        """
        del name, path
        refuse_adapters(KIND)

    def unload_adapter(self, name: str) -> None:
        """Refuses: this engine has no adapters.

        Raises:
            BadInput: always.
        """
        del name
        refuse_adapters(KIND)

    def close(self) -> None:
        """Cancels what is under way and ends the worker; may be called twice."""
        self._calls.cancel_all()
        self._host.close()

    def _plan(self) -> WorkerPlan:
        options = self._options
        threads = options.threads or usable_cores()
        model = self._model_file()
        check_room(model.stat().st_size)
        return WorkerPlan(
            model,
            options.context_tokens,
            options.slots,
            threads,
            self._prefixes,
            self._tuning,
        )

    def _stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        session = self._host.session()  # loading the model is not part of the answer's deadline
        answer = _Answer()
        with self._calls.running(request.id, deadline_s=request.deadline_s) as call:
            try:
                yield from self._pieces(request, session=session, answer=answer, call=call)
            except (*_BROKEN, EngineUnavailable) as error:
                if not call.over:
                    trouble = self._host.trouble(session)
                    raise (error if isinstance(error, EngineUnavailable) else trouble) from error
            if call.over:
                self._host.doubt(session)
            if not call.cancelled and answer.ended is None:
                raise call.too_late("The model") if call.over else self._host.trouble(session)
            if answer.ended is not None or answer.pieces:
                self._host.succeeded()
            yield Chunk("", self._generation(answer, call=call, version=session.worker.version))

    def _pieces(
        self, request: GenerationRequest, *, session: Session, answer: _Answer, call: Call
    ) -> Iterator[Chunk]:
        common = Shared(request.shared_prefix, request.shared_chars)
        prompt = session.client.prompt(chatml(request.messages, shared=common), call=call)
        answer.prompt = len(prompt.tokens)
        lease = session.slots.acquire(prompt.tokens, call=call)
        if lease is None:
            return
        try:
            answer.cached = prepare(session, prompt=prompt, lease=lease, call=call)
            body = {**_body(request), "prompt": prompt.tokens, "id_slot": lease.slot}
            for event in session.client.complete(body, call=call):
                if isinstance(event, Completed):
                    answer.ended = event
                    continue
                answer.text += event
                answer.pieces += 1
                yield Chunk(event)
        finally:
            session.slots.release(lease, holds_prompt=answer.pieces > 0)

    def _generation(self, answer: _Answer, *, call: Call, version: str) -> Generation:
        ended = answer.ended
        if ended is None:
            usage = Usage(answer.prompt, answer.cached or 0, answer.pieces)
            finish = Finish.CANCELLED
        else:
            cached = ended.cached if answer.cached is None else answer.cached
            usage = Usage(ended.prompt, cached, ended.completion)
            finish = Finish.STOP if ended.whole else Finish.LENGTH
        return Generation(answer.text, finish, usage, self._model_id, version, call.seconds)


def _body(request: GenerationRequest) -> dict[str, object]:
    body: dict[str, object] = {
        "n_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": _TOP_K,
        "min_p": _MIN_P,
        "stop": list(request.stop),
        "cache_prompt": True,
    }
    if request.seed is not None:
        body["seed"] = request.seed % _SEEDS
    if request.constraint is not None:
        body.update(_constraint(request.constraint))
    return body


def _constraint(constraint: Constraint) -> dict[str, object]:
    if constraint.kind == "json_schema":
        return {"json_schema": json.loads(constraint.value)}
    if constraint.kind == "grammar":
        return {"grammar": constraint.value}
    pattern = constraint.value.replace(r"\/", "/").replace("/", r"\/")
    return {"grammar": f"%llguidance {{}}\nstart: /{pattern}/"}
