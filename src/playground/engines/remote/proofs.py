"""Asking a server to prove what it claims, with a handful of tiny requests.

What a server's settings say and what it does are two things: a grammar backend can be missing, a
router can drop a field it does not know. A claim that fails its proof is taken back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from playground.domain.errors import BadInput
from playground.domain.ports import (
    Capability,
    Constraint,
    EngineInfo,
    Generation,
    GenerationRequest,
    Message,
)

Ask = Callable[[GenerationRequest], Generation]

_DEADLINE_S = 60.0
_SCHEMA = (
    '{"type": "object", "properties": {"verdict": {"enum": ["keep", "drop"]}}, '
    '"required": ["verdict"], "additionalProperties": false}'
)
_REGEX = "(yes|no)"
_GRAMMAR = 'root ::= first "-" second\nfirst ::= "left" | "right"\nsecond ::= [0-9]'
_QUESTION = "Is water wet?"
_SEED = 20_240_229
_SEED_TOKENS = 12


@dataclass(frozen=True, slots=True)
class _Outcome:
    holds: bool
    evidence: str


def proved(info: EngineInfo, *, ask: Ask) -> EngineInfo:
    """Returns the facts with every claim proved that can be, and without those that failed.

    Args:
        info: what the server claims.
        ask: puts one request to the server.

    Raises:
        EngineUnavailable: the server went away meanwhile.
    """
    capabilities, evidence = info.capabilities, dict(info.evidence)
    for claim, prove in _PROOFS.items():
        if claim not in capabilities:
            continue
        outcome = prove(ask)
        if outcome.holds and claim.name:
            evidence[claim.name] = outcome.evidence
        elif not outcome.holds:
            capabilities &= ~claim
            evidence.pop(claim.name or "", None)
    return replace(info, capabilities=capabilities, evidence=evidence)


def _request(name: str, *, tokens: int, constraint: Constraint | None = None) -> GenerationRequest:
    messages = (Message("user", _QUESTION),)
    return GenerationRequest(
        f"proof-{name}", messages, tokens, constraint=constraint, deadline_s=_DEADLINE_S
    )


def _held(ask: Ask, *, constraint: Constraint, fits: Callable[[str], bool]) -> _Outcome:
    try:
        said = ask(_request(constraint.kind, tokens=32, constraint=constraint)).text
    except BadInput as error:
        return _Outcome(holds=False, evidence=str(error))
    holds = fits(said)
    return _Outcome(holds, f"asked under a {constraint.kind} it said {said[:40]!r}")


def _json_schema(ask: Ask) -> _Outcome:
    def fits(said: str) -> bool:
        try:
            return json.loads(said) in ({"verdict": "keep"}, {"verdict": "drop"})
        except (ValueError, RecursionError):
            return False

    return _held(ask, constraint=Constraint("json_schema", _SCHEMA), fits=fits)


def _regex(ask: Ask) -> _Outcome:
    def fits(said: str) -> bool:
        return said in {"yes", "no"}

    return _held(ask, constraint=Constraint("regex", _REGEX), fits=fits)


def _grammar(ask: Ask) -> _Outcome:
    def fits(said: str) -> bool:
        return re.fullmatch(r"(left|right)-[0-9]", said) is not None

    return _held(ask, constraint=Constraint("grammar", _GRAMMAR), fits=fits)


def _seed(ask: Ask) -> _Outcome:
    sampled = replace(_request("seed", tokens=_SEED_TOKENS), temperature=1.0, seed=_SEED)
    try:
        first, second = _texts(ask, sampled)
    except BadInput as error:
        return _Outcome(holds=False, evidence=str(error))
    return _Outcome(first == second, "the same seed gave the same sample twice")


def _texts(ask: Ask, request: GenerationRequest) -> Iterator[str]:
    yield ask(request).text
    yield ask(request).text


def _cache_report(ask: Ask) -> _Outcome:
    request = _request("cache", tokens=1)
    ask(request)
    cached = ask(request).usage.cached
    return _Outcome(cached > 0, f"asked twice it said that {cached} prompt tokens were cached")


_PROOFS: dict[Capability, Callable[[Ask], _Outcome]] = {
    Capability.JSON_SCHEMA: _json_schema,
    Capability.REGEX: _regex,
    Capability.GRAMMAR: _grammar,
    Capability.SEED: _seed,
    Capability.CACHE_REPORT: _cache_report,
}
