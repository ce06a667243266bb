"""What an SGLang server says of itself, without what it should not say.

Its `/server_info` holds its keys in clear. So that answer is read in this one place, only the
settings below are taken out of it, and the rest is dropped at once: never logged, never passed on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from playground.domain.ports import Capability
from playground.engines.remote.server import Endpoints

_UNTOLD = "the server does not tell its settings; not asked to prove it yet"
_METRIC = re.compile(r"^sglang:(num_\w+_reqs)(\{[^}]*\})? ([0-9.eE+-]+)$", re.MULTILINE)
_REQUESTS_MAX = 1_000_000
_OF_ONE_PRIORITY = re.compile(r'priority="[^"]')


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


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests a server works on, and how many wait."""

    running: int
    waiting: int

    def __str__(self) -> str:
        """Returns both in words."""
        return f"{self.running} running, {self.waiting} waiting"


def read_load(endpoints: Endpoints) -> Load | None:
    """Returns a server's load, None when it tells none.

    `/v1/loads` is newer than `/metrics`, which is written every forty steps, but a router or an
    older server may have the second alone.

    Raises:
        EngineUnavailable: the server does not answer at all.
    """
    reply = endpoints.get("/v1/loads")
    loads = reply.body.get("loads") if reply.well else None
    if isinstance(loads, list):
        ranks = [
            cast("dict[str, object]", r) for r in cast("list[object]", loads) if isinstance(r, dict)
        ]
        return Load(_sum(ranks, "num_running_reqs"), _sum(ranks, "num_waiting_reqs"))
    reply = endpoints.get("/metrics")
    return load_of(reply.text) if reply.well else None


def load_of(metrics: str) -> Load | None:
    """Returns the load that Prometheus metrics tell, None when they tell none.

    Values of several schedulers are added up. Where requests have priorities, each value is told
    once for all of them, with an empty label, and once more for every priority.
    """
    found: dict[str, float] = {}
    for name, labels, value in _METRIC.findall(metrics):
        if not _OF_ONE_PRIORITY.search(labels):
            found[name] = found.get(name, 0.0) + _number(value)
    running, waiting = found.get("num_running_reqs", -1.0), found.get("num_queue_reqs", 0.0)
    told = all(0 <= number <= _REQUESTS_MAX for number in (running, waiting))
    return Load(int(running), int(waiting)) if told else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _sum(ranks: Sequence[Mapping[str, object]], name: str) -> int:
    values = [rank.get(name) for rank in ranks]
    return sum(value for value in values if isinstance(value, int) and 0 <= value <= _REQUESTS_MAX)


def claims_of(settings: Settings) -> dict[Capability, str]:
    """Returns what the settings claim; without settings, what is worth a proof."""
    constraints = (Capability.JSON_SCHEMA, Capability.REGEX, Capability.GRAMMAR)
    if not settings.known:
        return dict.fromkeys((*constraints, Capability.CACHE_REPORT), _UNTOLD)
    claims: dict[Capability, str] = {}
    if settings.grammar != "none":
        claims |= dict.fromkeys(constraints, f"its grammar backend is {settings.grammar}")
    if settings.deterministic:
        claims[Capability.SEED] = "enable_deterministic_inference is on"
    if settings.cache_report:
        claims[Capability.CACHE_REPORT] = "enable_cache_report is on"
    if settings.priority:
        claims[Capability.PRIORITY] = "enable_priority_scheduling is on"
    if settings.lora:
        claims[Capability.ADAPTERS] = "enable_lora is on"
    return claims


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
        return count if count >= 0 else None
    tokens = reply_body.get("tokens")
    return len(cast("list[object]", tokens)) if isinstance(tokens, list) else None
