"""Reflect: the engine reviews a candidate with its verdict in hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from playground.domain.candidates import Candidate
from playground.domain.changes import digest_of
from playground.domain.errors import BadInput, BudgetSpent, Busy, EngineUnavailable
from playground.domain.events import CandidateReflected
from playground.domain.javascript import language_name
from playground.domain.ports import (
    Capability,
    Constraint,
    Engine,
    Finish,
    Generation,
    GenerationRequest,
    Message,
)
from playground.domain.proposals import BY_RULES, Critique
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.domain.verdicts import RiskTier
from playground.orchestrator.asking import Sampling
from playground.orchestrator.graph import ReflectStep, may_ask_for_review
from playground.orchestrator.masking import masked
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect
from playground.orchestrator.nodes.learn import hunks_text
from playground.orchestrator.questions import fits
from playground.prompts import fence_for, render
from playground.security.validators import chat_markup

_DIFF_CHARS_MAX = (2_400, 1_200, 400)
"""What is shown of a change, less where the rest of the question is long."""
_REASON_CHARS_MAX = 160
_ANSWER_TOKENS_MAX = 96
_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "advice": {"enum": ["accept", "revise"]},
            "reason": {"type": "string", "maxLength": _REASON_CHARS_MAX},
        },
        "required": ["advice", "reason"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class _Review:
    advice: Literal["accept", "revise"]
    reason: str


_REVIEW = TypeAdapter(_Review)
_OPEN_POINTS = {
    RiskTier.A: "Nothing but comments and formatting differs, or it is the analyzer's safe fix.",
    RiskTier.B: "What differs is what the rule asks for.",
    RiskTier.C: "It behaves differently in the ways that are named: check that you want them.",
    RiskTier.D: "What it does now cannot be told: read this as you would a colleague's change.",
}


class ReflectNode(BaseNode):
    """Reviews by rules, or asks the engine for a short critique where the bounds allow it.

    A critique that cannot be read counts as no objection, and says so.
    """

    name = "reflect"

    def __init__(self, engine_for: Callable[[str], Engine], *, sampling: Sampling) -> None:
        self._engine_for = engine_for
        self._sampling = sampling

    def run(self, input_data: Run) -> CandidateReflected:
        """Returns the critique of the candidate that the graph names.

        A candidate that no engine reviews is reviewed by rules, which say so: when no question can
        be put, no budget is left, or the run has other engines and this one cannot be asked.

        Raises:
            EngineUnavailable: the only engine of the run cannot be asked.
            Busy: a rate limit of the only engine would hold the call back for too long.
        """
        step = expect(input_data, ReflectStep)
        candidate = input_data.candidate(step.candidate_id)
        if not may_ask_for_review(input_data, candidate=candidate):
            return CandidateReflected(_by_rules(input_data, candidate))
        try:
            engine = self._engine_for(_asked_last(input_data))
            done = engine.generate(self._request(input_data, candidate, engine))
        except (BadInput, EngineUnavailable, Busy) as error:
            alone = len(input_data.policy.engines) == 1
            if alone and not isinstance(error, BadInput | BudgetSpent):
                raise
            critique = _by_rules(input_data, candidate)
            text = f"{critique.text} No model reviewed it: {error}"
            return CandidateReflected(replace(critique, text=text))
        advice, text = _read(done)
        critique = Critique(candidate.id, advice, text, done.model)
        return CandidateReflected(critique, done.usage, engine=done.name, cost=done.cost)

    def _request(self, run: Run, candidate: Candidate, engine: Engine) -> GenerationRequest:
        able = Capability.JSON_SCHEMA in engine.probe().capabilities
        messages = _question(run, candidate, engine)
        return GenerationRequest(
            id=f"{run.id}-reflect-{digest_of(messages[-1].content)[:8]}",
            messages=messages,
            max_tokens=_ANSWER_TOKENS_MAX,
            constraint=Constraint("json_schema", _SCHEMA) if able else None,
            deadline_s=self._sampling.deadline_s,
            run_id=run.id,
        )


def _question(run: Run, candidate: Candidate, engine: Engine) -> tuple[Message, ...]:
    """Renders the question within the prompt's bound.

    Raises:
        BadInput: it is too long without the change, or holds marks of the chat itself.
    """
    verdict, finding = run.verdicts[candidate.id], run.task.finding
    system = Message("system", render("reflect_system", language=_language(candidate)).text)
    limit = run.policy.prompt_tokens_max
    for chars in _DIFF_CHARS_MAX:
        diff = hunks_text(candidate.patch)[:chars]
        user = render(
            "reflect",
            goal=run.task.goal,
            message=f"{finding.rule}: {finding.message}" if finding else "",
            diff=diff,
            evidence="; ".join(["nothing new was found", *verdict.evidence]),
            fence=fence_for(diff),
        )
        if chat_markup(user.text):
            raise BadInput("the change holds control words of the chat itself, such as <|im_end|>.")
        messages = (system, Message("user", masked(user.text).text))
        if fits(messages, tokens_max=limit, engine=engine):
            return messages
    raise BadInput(f"its question needs more than {limit} tokens (cycles.prompt_tokens_max).")


def _asked_last(run: Run) -> str:
    """Returns the engine that made the newest drafts; it is up, and its prompts are cached."""
    asked = [g.engine for g in run.generations if g.source in {Source.ENGINE, Source.SAMPLES}]
    return asked[-1] if asked and asked[-1] else run.policy.engines[0]


def _language(candidate: Candidate) -> str:
    paths = candidate.patch.paths
    return language_name(paths[0]) if paths else "Python"


def _by_rules(run: Run, candidate: Candidate) -> Critique:
    """Says what the verdict leaves open; it never advises against what the gate has passed."""
    risk = run.verdicts[candidate.id].risk
    return Critique(candidate.id, "accept", _OPEN_POINTS[risk], BY_RULES)


def _read(done: Generation) -> tuple[str, str]:
    """Returns advice and reason; a cut-off or unreadable answer advises nothing against."""
    if done.finish is not Finish.STOP:
        return "accept", "The model's review was cut off and says nothing."
    match = re.search(r"\{.*\}", done.text, re.DOTALL)
    try:
        review = _REVIEW.validate_json(match[0] if match else "")
    except ValidationError:
        return "accept", "The model's review could not be read and says nothing."
    return review.advice, review.reason.strip()[:_REASON_CHARS_MAX]
