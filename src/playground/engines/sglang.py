"""SGLang: attached to a server that runs already, or started by us in an environment of its own."""

from __future__ import annotations

import contextlib
import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from openai.types import Model
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from playground.domain.errors import BadInput, EngineUnavailable, PlaygroundError
from playground.domain.ports import (
    Capability,
    EngineInfo,
    GenerationRequest,
    Health,
    HealthState,
)
from playground.engines.calls import refuse_adapters
from playground.engines.factory.context import EngineContext
from playground.engines.factory.hardware import probed
from playground.engines.launching.flags import refused, served_name, sglang_arguments
from playground.engines.launching.generations import cards_of
from playground.engines.launching.launch import HOST, RunningServer, ServerPlan
from playground.engines.launching.profiles import Profile, Wish, facts_about, profile
from playground.engines.remote.answer import name_of, size_of
from playground.engines.remote.bodies import continues, plain_body, schema_format
from playground.engines.remote.proving import ProvingEngine
from playground.engines.remote.server import Server, checked_address
from playground.engines.remote.settings import (
    claims_of,
    counted,
    read_load,
    read_settings,
)

KIND = "sglang"
_ADDRESS = "http://127.0.0.1:30000/v1"
_ABORT_S = 0.5
_ADAPTER_S = 120.0
_OTHERS = {"vllm": "openai_compatible", "tensorrt_llm": "trtllm"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
_PROTOCOL = "part of the protocol"


class Options(BaseModel):
    """Options of an SGLang server; with a `command` it is started by us, else it runs already.

    Attributes:
        base_url: where the API of a running server begins, ending in /v1; None for
            http://127.0.0.1:30000/v1.
        api_key: the key itself, passed in from the variable that the configuration names.
        admin_api_key: the key for adapters and for ending requests, from such a variable too;
            None where the first key serves.
        model: the model's id, "auto" for the first one that the server lists; with a command, the
            model's folder or its hub name.
        command: starts a server: a program by its absolute path and its first arguments, such as
            `[/opt/sglang/bin/sglang, serve]`. Linux only.
        args: further arguments for it.
        environment: variables for it beside PATH, HOME, LANG and TMPDIR; no keys.
        port: where it listens, 0 for a free one.
        start_s: seconds that it may take to load its model.
        kernels: "tensorrt" for TensorRT-LLM's kernels wherever the cards have them; "auto" leaves
            the choice to SGLang, which takes them where they are best.
        speculation: "auto" for a model's own draft head, "ngram" for n-grams of the prompt.
        gpu: compute capability of the cards, such as "9.0"; "" to go by their names.
        gpus: how many cards to use, 0 for all.
        chat_template_kwargs: passed on to the model's chat template, such as
            `{enable_thinking: false}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    api_key: SecretStr | None = None
    admin_api_key: SecretStr | None = None
    model: str = Field(default="auto", min_length=1)
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    environment: Mapping[str, str] = Field(default_factory=dict)
    port: int = Field(default=0, ge=0, le=65_535)
    start_s: float = Field(default=900.0, ge=1.0, le=86_400.0)
    kernels: Literal["auto", "tensorrt"] = "auto"
    speculation: Literal["auto", "none", "ngram", "eagle"] = "auto"
    gpu: str = ""
    gpus: int = Field(default=0, ge=0, le=64)
    chat_template_kwargs: Mapping[str, bool | int | str] = Field(default_factory=dict)

    _is_address = field_validator("base_url")(checked_address)

    @field_validator("args", "command")
    @classmethod
    def _is_passed_on(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for argument in value:
            if reason := refused(argument):
                raise ValueError(reason)
        return value

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Options:
        if self.command and self.base_url:
            raise ValueError("command starts a server and base_url names one; give one of the two")
        if self.command and self.model == "auto":
            raise ValueError("name the model that the command starts, by its folder or hub name")
        if self.command and (self.api_key or self.admin_api_key):
            raise ValueError("a started server gets keys of its own; leave api_key_env out")
        if not self.command and (self.args or self.environment or self.port):
            raise ValueError("args, environment and port are for a server that command starts")
        return self

    def profile(self) -> Profile:
        """Returns the flags for this machine's cards, none when it has no card that is known.

        Raises:
            BadInput: the cards or the model cannot have what is wished for.
        """
        names = [gpu.name for gpu in probed().gpus]
        cards = cards_of(names, written=self.gpu, count=self.gpus)
        if cards is None:
            return Profile((), ("no flag for a card, since none is known here",))
        return profile(facts_about(self.model), cards, wish=Wish(self.kernels, self.speculation))

    def plan(self) -> ServerPlan:
        """Returns how the server is started; raises what `profile` raises."""
        arguments = sglang_arguments(self.model, profile=self.profile().flags, own=self.args)
        environment = {**_ENVIRONMENT, **self.environment}
        return ServerPlan((*self.command, *arguments), self.port, self.start_s, environment)


def create(options: Options, context: EngineContext) -> SGLangEngine:
    """Returns the engine; nothing is started or asked before the first question."""
    del context
    return SGLangEngine(options)


class SGLangEngine(ProvingEngine):
    """A server of SGLang, with what it offers beside the protocol."""

    kind = KIND
    at_best = (
        ProvingEngine.at_best
        | Capability.JSON_SCHEMA
        | Capability.REGEX
        | Capability.GRAMMAR
        | Capability.CONTINUE
    )

    def __init__(self, options: Options) -> None:
        keys = {"key": _text(options.api_key), "admin_key": _text(options.admin_api_key)}
        model = served_name(options.model) if options.command else options.model
        super().__init__(Server(KIND, options.base_url or _ADDRESS, **keys), model=model)
        self._options = options
        self._running: RunningServer | None = None
        self._adapters: frozenset[str] = frozenset()
        self._may_abort = False

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def look(self) -> EngineInfo:
        """Asks for models, settings, tokens and leave to end requests; the model is not asked.

        Raises:
            EngineUnavailable: it does not answer, has no model or is no SGLang server.
        """
        self._start()
        listed = self.listed()
        model = self.chosen([m for m in listed if not _parent(m)])
        owner = name_of(model, "owned_by")
        if owner in _OTHERS:
            raise EngineUnavailable(
                f"{self.server.base_url} is no SGLang server but says that it is {owner}; "
                f"set kind to {_OTHERS[owner]}."
            )
        settings = read_settings(self.endpoints)
        self._adapters = frozenset(m.id for m in listed if _parent(m))
        self._may_abort = self._aborts()
        claims = {**self._basic(owner), **claims_of(settings)}
        if self._counted("def") is not None:
            claims[Capability.TOKENIZE] = "POST /v1/tokenize counted a text"
        capabilities = Capability.NONE
        for claim in claims:
            capabilities |= claim
        evidence = {claim.name: why for claim, why in claims.items() if claim.name}
        name = model.id if model else self.wanted
        context_tokens = _context_tokens(model)
        return EngineInfo(KIND, name, settings.version, context_tokens, capabilities, evidence)

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state with the server's load; `deep` asks for one token.

        Of a server that is ours it tells how it is, or will be, started.
        """
        if deep:
            found = super().health(deep=True)
            ours = self._options.command and found.state is HealthState.READY
            return replace(found, detail=f"started by {self._command()}") if ours else found
        try:
            self._refuse_closed()
            if self._options.command and not (self._running and self._running.alive):
                said = f"it starts with the first question: {self._command()}"
                return Health(HealthState.STARTING, said)
            ready = self.endpoints.get("/ready")
            if ready.status == 503:
                return Health(HealthState.STARTING, "it is loading its model")
            if not ready.well:
                return super().health()  # a router has no such endpoint
            load = read_load(self.endpoints)
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error))
        return Health(HealthState.READY, str(load) if load else "")

    def count_tokens(self, text: str) -> int:
        """Returns the server's own count; a safe over-estimate when it gives none."""
        found = self._counted(text) if text else 0
        return super().count_tokens(text) if found is None else found

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def check(self, request: GenerationRequest) -> None:
        """Makes sure that the request can be asked here and that its adapter is loaded.

        Raises:
            BadInput: it cannot, or the adapter is not.
            EngineUnavailable: the server does not answer.
        """
        if request.adapter:
            self.looked()
        super().check(request)
        if request.adapter and request.adapter not in self._adapters:
            # somebody else may have loaded it since
            self._adapters = frozenset(m.id for m in self.listed() if _parent(m))
            if request.adapter not in self._adapters:
                raise BadInput(
                    f"The adapter {request.adapter!r} is not loaded; load it or ask without one."
                )

    def body(self, request: GenerationRequest, *, model: str, call_id: str) -> dict[str, Any]:
        """Returns what SGLang takes: regular expressions and grammars are fields of their own."""
        name = f"{model}:{request.adapter}" if request.adapter else model
        body = plain_body(request, model=name)
        extra: dict[str, Any] = {"rid": call_id}
        if continues(request):
            extra["continue_final_message"] = True
        if request.priority and Capability.PRIORITY in self.capabilities:
            extra["priority"] = request.priority
        if self._options.chat_template_kwargs:
            extra["chat_template_kwargs"] = dict(self._options.chat_template_kwargs)
        constraint = request.constraint
        if constraint is not None and constraint.kind == "json_schema":
            body["response_format"] = schema_format(constraint)
        elif constraint is not None:
            extra["regex" if constraint.kind == "regex" else "ebnf"] = constraint.value
        return {**body, "extra_body": extra}

    def unwanted(self, call_id: str) -> None:
        """Ends the request on the server at once.

        A closed connection ends it too, but for an answer in one piece SGLang looks for that
        every few seconds only.
        """
        if not self._may_abort:
            return
        with contextlib.suppress(PlaygroundError):
            self.endpoints.order("/abort_request", body={"rid": call_id}, timeout_s=_ABORT_S)

    # ── a server of our own ──────────────────────────────────────────────────────────────────

    def trouble(self, error: Exception) -> PlaygroundError:
        """Returns our error; a server of ours that ended says why and starts with the next call."""
        running = self._running
        if running is None or running.alive:
            return super().trouble(error)
        self._info = None
        return running.trouble()

    def close(self) -> None:
        """Cancels what is under way and ends a server that we started; may be called twice."""
        super().close()
        with self._watching.looking:
            running, self._running = self._running, None
        if running is not None:
            running.stop()

    def _start(self) -> None:
        """Starts the server when it is ours and does not run."""
        if not self._options.command or (self._running and self._running.alive):
            return
        if self._running is not None:
            self._running.stop()
            self._running = None
        running = RunningServer(self._options.plan(), answers=self._is_ready)
        self._running = running

    def _command(self) -> str:
        reasons = "; ".join(self._options.profile().reasons)
        return f"{shlex.join(self._options.plan().command)} ({reasons})"

    def _is_ready(self, running: RunningServer) -> bool:
        """Whether the server that is starting answers; it is the one that is asked from now on.

        Raises:
            EngineUnavailable: nobody waits for it any more.
        """
        self.refuse_unwanted()
        address = f"http://{HOST}:{running.port}/v1"
        if self.server.base_url != address or self.server.key != running.api_key:
            self._connect(Server(KIND, address, running.api_key, running.admin_key))
        try:
            return self.endpoints.get("/ready").well
        except EngineUnavailable:
            return False

    # ── adapters ─────────────────────────────────────────────────────────────────────────────

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Loads a LoRA adapter; the path is one of the machine on which the server runs.

        Raises:
            BadInput: the name or the path is of no use, or the server cannot use adapters.
            EngineUnavailable: the server does not answer or refuses the key.
        """
        self._refuse_without_adapters()
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"An adapter cannot be called {name!r}; use letters, digits, '-', '_' and '.'."
            )
        wanted = {"lora_name": name, "lora_path": str(path)}
        self.endpoints.order("/load_lora_adapter", body=wanted, timeout_s=_ADAPTER_S)
        self._adapters |= {name}

    def unload_adapter(self, name: str) -> None:
        """Frees a LoRA adapter; raises what `load_adapter` raises."""
        self._refuse_without_adapters()
        wanted = {"lora_name": name}
        self.endpoints.order("/unload_lora_adapter", body=wanted, timeout_s=_ADAPTER_S)
        self._adapters -= {name}

    def _refuse_without_adapters(self) -> None:
        if Capability.ADAPTERS not in self.looked().capabilities:
            refuse_adapters(KIND)

    # ── asking the server beside the protocol ────────────────────────────────────────────────

    def _aborts(self) -> bool:
        """Tries to end a request that does not exist: the key for it is right or is not.

        SGLang's scheduler ends every request whose id *begins* with the given one, so ids end in
        random characters here and everywhere.
        """
        try:
            nothing = {"rid": f"nothing-{secrets.token_hex(8)}"}
            self.endpoints.order("/abort_request", body=nothing)
        except PlaygroundError:
            return False
        return True

    def _counted(self, text: str) -> int | None:
        wanted = {"model": self.wanted or "auto", "prompt": text, "add_special_tokens": False}
        try:
            reply = self.endpoints.post("/v1/tokenize", body=wanted)
        except EngineUnavailable:
            return None
        return counted(reply.body) if reply.well else None

    def _basic(self, owner: str) -> dict[Capability, str]:
        closing = "closing the connection ends a request"
        by_id = "; POST /abort_request is open to our key" if self._may_abort else ""
        return {
            Capability.CHAT: f"GET /v1/models lists the model, owned by {owner or 'nobody'}",
            Capability.STREAM: _PROTOCOL,
            Capability.CANCEL: closing + by_id,
            Capability.CONTINUE: "continue_final_message is a field of its chat completions",
        }


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _parent(model: Model) -> bool:
    """Whether what is listed is an adapter of another model."""
    return bool((model.model_extra or {}).get("parent"))


def _context_tokens(model: Model | None) -> int | None:
    return size_of((model.model_extra or {}).get("max_model_len")) if model else None
