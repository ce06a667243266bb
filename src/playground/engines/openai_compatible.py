"""Any server that speaks the OpenAI protocol: vLLM, Ollama, LM Studio, hosted services."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from openai.types import Model
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from playground.domain.ports import Capability, EngineInfo, GenerationRequest
from playground.engines.factory.context import EngineContext
from playground.engines.remote.answer import size_of
from playground.engines.remote.bodies import continues, plain_body, schema_format
from playground.engines.remote.engine import RemoteEngine
from playground.engines.remote.server import Server, checked_address

KIND = "openai_compatible"
_HOSTED = "https://api.openai.com/v1"
_WHY = "part of the protocol; the server was not asked to prove it"


class Options(BaseModel):
    """Options of a server that speaks the OpenAI protocol.

    Attributes:
        base_url: where its API begins, usually ending in /v1; None for the hosted service.
        api_key: the key itself, passed in from the variable that the configuration names.
        model: the model's id, "auto" for the first one that the server lists.
        json_schema: whether the server can hold answers to a JSON schema.
        structured_outputs: whether the server takes vLLM's field of that name, which holds answers
            to a regular expression or a grammar.
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
    structured_outputs: bool = False
    prefill: Literal["emulate", "native", "flags"] = "emulate"
    tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    _is_address = field_validator("base_url")(checked_address)


def create(options: Options, context: EngineContext) -> OpenAICompatibleEngine:
    """Returns the engine; nothing is asked before the first question."""
    del context
    return OpenAICompatibleEngine(options)


class OpenAICompatibleEngine(RemoteEngine):
    """A server of which nothing is known but that it speaks the protocol."""

    kind = KIND
    looks_first = False

    def __init__(self, options: Options) -> None:
        key = options.api_key.get_secret_value() if options.api_key else ""
        super().__init__(Server(KIND, options.base_url or _HOSTED, key), model=options.model)
        self._options = options
        self.at_best = RemoteEngine.at_best | Capability.CACHE_REPORT
        if options.json_schema:
            self.at_best |= Capability.JSON_SCHEMA
        if options.structured_outputs:
            self.at_best |= Capability.REGEX | Capability.GRAMMAR

    def look(self) -> EngineInfo:
        """Asks the server which models it has.

        Raises:
            EngineUnavailable: it does not answer or has none.
        """
        found = self.chosen(self.listed())
        evidence = {c.name: _WHY for c in self.at_best if c.name}
        model = found.id if found else self.wanted
        tokens = _context_tokens(found) if found else None
        return EngineInfo(KIND, model, "", tokens, self.at_best, evidence)

    def emulates(self, request: GenerationRequest) -> bool:
        """Whether a begun answer is asked for anew."""
        return continues(request) and self._options.prefill == "emulate"

    def body(self, request: GenerationRequest, *, model: str, call_id: str) -> dict[str, Any]:
        """Returns what the server takes; an emulated beginning and its stops are left out."""
        del call_id
        if self.emulates(request):
            request = replace(request, messages=request.messages[:-1], stop=())
        body = plain_body(request, model=model, tokens_field=self._options.tokens_field)
        extra: dict[str, Any] = {}
        constraint = request.constraint
        if constraint is not None and constraint.kind == "json_schema":
            body["response_format"] = schema_format(constraint)
        elif constraint is not None:
            extra["structured_outputs"] = {constraint.kind: constraint.value}
        if self._options.prefill == "flags" and continues(request):
            extra |= {"continue_final_message": True, "add_generation_prompt": False}
        return {**body, "extra_body": extra} if extra else body


def _context_tokens(listed: Model) -> int | None:
    extra = listed.model_extra or {}
    names = ("max_model_len", "context_length")
    return next((tokens for name in names if (tokens := size_of(extra.get(name)))), None)
