"""What an SGLang server says of itself, without what it should not say.

Its `/server_info` holds its keys in clear. So that answer is read in this one place, only the
settings below are taken out of it, and the rest is dropped at once: never logged, never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from playground.engines.remote.server import Endpoints

_METRIC = re.compile(r"^sglang:(\w+)(?:\{[^}]*\})? ([0-9.eE+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a server.

    Attributes:
        known: whether the server told them; a router in front of it does not.
        version: SGLang's version, "" when unknown.
        grammar: the grammar backend, "none" for no constraints, "" when unknown.
        lora: whether adapters can be used.
        priority: whether requests are served in the order of their priority.
        cache_report: whether usage tells cached tokens.
        deterministic: whether a seed decides a sample.
        attention: the attention backend that the server resolved, "" when unknown.
        speculative: the speculation algorithm, "" for none.
    """

    known: bool = False
    version: str = ""
    grammar: str = ""
    lora: bool = False
    priority: bool = False
    cache_report: bool = False
    deterministic: bool = False
    attention: str = ""
    speculative: str = ""


def read_settings(endpoints: Endpoints) -> Settings:
    """Asks for the settings.

    Raises:
        EngineUnavailable: the server does not answer at all.
    """
    reply = endpoints.get("/server_info")
    if not reply.well or "version" not in reply.body:
        return Settings()
    return _settings(reply.body)


def read_load(endpoints: Endpoints) -> Mapping[str, float]:
    """Returns the server's metrics by name without "sglang:", empty when it keeps none.

    Values of several schedulers are added up.

    Raises:
        EngineUnavailable: the server does not answer at all.
    """
    reply = endpoints.get("/metrics")
    found: dict[str, float] = {}
    for name, value in _METRIC.findall(reply.text) if reply.well else ():
        found[name] = found.get(name, 0.0) + float(value)
    return found


def _settings(told: Mapping[str, object]) -> Settings:
    def on(name: str) -> bool:
        return told.get(name) is True

    def text(name: str) -> str:
        value = told.get(name)
        return value if isinstance(value, str) else ""

    return Settings(
        known=True,
        version=text("version"),
        grammar=text("grammar_backend"),
        lora=on("enable_lora"),
        priority=on("enable_priority_scheduling"),
        cache_report=on("enable_cache_report"),
        deterministic=on("enable_deterministic_inference"),
        attention=text("attention_backend"),
        speculative=text("speculative_algorithm"),
    )


def counted(reply_body: Mapping[str, object]) -> int | None:
    """Returns the number of tokens that `/v1/tokenize` tells, None when it tells none."""
    count = reply_body.get("count")
    if isinstance(count, int) and not isinstance(count, bool):
        return count
    tokens = reply_body.get("tokens")
    return len(cast("list[object]", tokens)) if isinstance(tokens, list) else None
