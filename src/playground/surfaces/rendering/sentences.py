"""Events, findings and amounts in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from playground.domain.candidates import Candidate, Cost, Provenance, Usage
from playground.domain.events import (
    CandidateGenerated,
    CandidateReflected,
    CandidateRefused,
    CandidateTested,
    ChangeApplied,
    ChangeUndone,
    DecisionTaken,
    EngineSkipped,
    EpisodeForgotten,
    EpisodeLearned,
    Event,
    EvidenceAdded,
    ForgettingRequested,
    MemoryRecalled,
    ProposalMade,
    RunEnded,
    TaskOpened,
    UndoRequested,
)
from playground.domain.findings import Finding
from playground.domain.proposals import Amended, Approved, Decision, Rejected
from playground.domain.repairs import BUILT_IN
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.domain.verdicts import Conclusion, Verdict

_NOT_READ_MAX = 20

SOURCES = {
    Source.TOOL: "the analyzer's own fix",
    Source.RECIPE: "a recipe that you approved",
    Source.ENGINE: "the engine",
    Source.SAMPLES: "samples of the engine",
    Source.MEND: "the engine, with the analyzer's fixes of what its answer added",
    Source.CARRIED: "an earlier proposal, moved to where its lines are now",
    Source.PERSON: "your own version",
}

MEANINGS_OF_RISK = {
    "A": "the same syntax tree, or the analyzer's own safe fix",
    "B": "what is compared differs only as the rule asks",
    "C": "it behaves differently, in the ways named here",
    "D": "nobody can tell from the code alone what it does now",
}


def counted(number: int, word: str, *, many: str = "") -> str:
    """Returns the number with its word, such as "1 finding" or "3 findings"."""
    return f"{number:,} {word if number == 1 else many or word + 's'}"


def seconds_in_words(seconds: float) -> str:
    """Returns a length of time: "0.4 s", "12 s", "3 min 05 s" or "2 h 10 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest:02d} s"


def waiting_in_words(engine: str, seconds: float) -> str:
    """Returns what is being waited for."""
    return f"waits for the limit of {engine}, {math.ceil(seconds)} s"


def tokens_in_words(usage: Usage) -> str:
    """Returns tokens: "no tokens" or "412 + 96 tokens, 300 cached"."""
    if not usage.total:
        return "no tokens"
    cached = f", {usage.cached:,} cached" if usage.cached else ""
    return f"{usage.prompt:,} + {usage.completion:,} tokens{cached}"


def money_in_words(cost: Cost) -> str:
    """Returns money, such as "0.00042 USD", "" where no price is configured."""
    return f"{cost.amount} {cost.currency}" if cost.amount else ""


def bytes_in_words(count: int) -> str:
    """Returns a size: "812 B", "4.2 kB", "1.12 GB"."""
    for limit, unit, digits in ((10**9, "GB", 2), (10**6, "MB", 0), (10**3, "kB", 1)):
        if count >= limit:
            return f"{count / limit:.{digits}f} {unit}"
    return f"{count} B"


def place(finding: Finding) -> str:
    """Returns "path:line"."""
    return f"{finding.path}:{finding.span.start_line}"


def not_read(skipped: Sequence[tuple[str, str]]) -> list[str]:
    """Returns which files were not read and why; of very many the first ones."""
    lines = [f"Not read: {path} ({reason})" for path, reason in skipped[:_NOT_READ_MAX]]
    more = len(skipped) - _NOT_READ_MAX
    if more > 0:
        lines.append(f"Not read: {counted(more, 'more file')}; --format json names them all")
    return lines


def subject(run: Run) -> str:
    """Returns what a run is about: rule and place, or the request."""
    finding = run.task.finding
    return f"{finding.rule} {place(finding)}" if finding else run.task.goal


def origin(provenance: Provenance) -> str:
    """Returns where a draft comes from, with what it cost."""
    words = _source_of(provenance)
    if provenance.source is Source.PERSON or not provenance.model:
        return words
    engine = provenance.engine
    if provenance.name and provenance.name != engine:
        engine = f"{provenance.name} ({engine})"
    spent = (
        tokens_in_words(provenance.usage),
        seconds_in_words(provenance.seconds),
        money_in_words(provenance.cost),
    )
    return f"{words} {engine} · {provenance.model} · {', '.join(part for part in spent if part)}"


def _source_of(provenance: Provenance) -> str:
    if provenance.source is Source.MEND and not provenance.engine:
        made = replace(provenance, source=Source.RECIPE if provenance.recipe else Source.TOOL)
        return f"{_source_of(made)}, with the analyzer's fixes of what that added"
    if provenance.recipe.startswith(BUILT_IN):
        return "a built-in recipe"
    return SOURCES[provenance.source]


def next_in_words(event: Event) -> str:
    """Returns what is being done after this event, for the progress line."""
    match event:
        case TaskOpened():
            return "remembering"
        case MemoryRecalled():
            return "looking for a repair"
        case CandidateGenerated():
            return "proving"
        case EngineSkipped():
            return "going on without an engine"
        case CandidateTested(verdict=verdict):
            return "reviewing" if verdict.passed else "trying again"
        case EvidenceAdded() | CandidateRefused() | CandidateReflected():
            return "reviewing"
        case DecisionTaken():
            return "carrying out the decision"
        case ChangeApplied() | ChangeUndone():
            return "learning"
        case UndoRequested():
            return "taking the change back"
        case ForgettingRequested():
            return "forgetting"
        case ProposalMade() | EpisodeLearned() | EpisodeForgotten() | RunEnded():
            return "done"
        case _:
            assert_never(event)


def event_in_words(event: Event) -> str:
    """Returns one sentence about what happened."""
    match event:
        case TaskOpened(task=task):
            return f"Opened: {task.goal}"
        case MemoryRecalled(recalled=recalled, avoid=avoid, recipes=recipes):
            warned = f", {counted(len(avoid), 'rejection')} to heed" if avoid else ""
            fits = f"; fitting: {', '.join(recipes)}" if recipes else ""
            return f"Remembered {counted(len(recalled), 'episode')}{warned}{fits}."
        case CandidateGenerated():
            return _generated(event)
        case EngineSkipped(engine=engine, reason=reason):
            return f"{engine or 'The engine'} was not asked: {reason}"
        case CandidateTested(candidate_id=candidate, verdict=verdict):
            return f"The gate judged {candidate}: {verdict_in_words(verdict)}"
        case EvidenceAdded(node=node, candidate_id=candidate, notes=notes):
            return f"{node} noted on {candidate}: {'; '.join(notes)}"
        case CandidateRefused(node=node, candidate_id=candidate, reason=reason):
            return f"{node} refused {candidate}: {reason}"
        case CandidateReflected(critique=critique):
            return f"Reviewed {critique.candidate_id}: {critique.advice}. {critique.text}"
        case ProposalMade(proposal=proposal):
            return f"Proposed {proposal.candidate_id} to a person (risk {proposal.risk})."
        case _:
            return _aftermath_in_words(event)


def _aftermath_in_words(
    event: DecisionTaken
    | ChangeApplied
    | UndoRequested
    | ChangeUndone
    | EpisodeLearned
    | ForgettingRequested
    | EpisodeForgotten
    | RunEnded,
) -> str:
    match event:
        case DecisionTaken(decision=decision):
            return _decision_in_words(decision)
        case ChangeApplied(files=files):
            return f"Written: {', '.join(f.path for f in files)}."
        case UndoRequested(by=by, where=where):
            return f"{by} asked on the {where} to take the change back."
        case ChangeUndone(files=files):
            return f"Taken back: {', '.join(f.path for f in files)}."
        case EpisodeLearned(episode_id=episode):
            return f"Remembered as episode {episode}." if episode else "Nothing to remember."
        case ForgettingRequested(by=by, where=where):
            return f"{by} asked on the {where} to forget what this run taught."
        case EpisodeForgotten(found=found, runs=runs):
            taken = f" Taken out of {counted(len(runs), 'run')} that recalled it." if runs else ""
            return f"{'Forgotten.' if found else 'There was nothing to forget.'}{taken}"
        case RunEnded(outcome=outcome, reason=reason):
            return f"Ended, {outcome.replace('_', ' ')}: {reason}"
        case _:
            assert_never(event)


def _generated(event: CandidateGenerated) -> str:
    parts: list[str] = []
    for draft in event.drafts:
        if isinstance(draft, Candidate):
            parts.append(f"candidate {draft.id}")
        else:
            parts.append(f"a draft refused ({draft.code}: {draft.reason})")
    drafts = "; ".join(parts) or "no draft"
    money = money_in_words(event.cost)
    spent = f"{tokens_in_words(event.usage)}{', ' + money if money else ''}"
    cost = f" ({spent})" if event.usage.total else ""
    name = f" {event.engine}" if event.engine else ""
    origins = dict.fromkeys(_source_of(draft.provenance) for draft in event.drafts)
    asked = " and ".join(origins) or SOURCES[event.source]
    return f"Asked {asked}{name}{cost}: {drafts}"


def _decision_in_words(decision: Decision) -> str:
    match decision:
        case Approved(by=by, where=where):
            return f"{by} approved it on the {where}."
        case Amended(by=by, where=where):
            return f"{by} wrote a version of their own on the {where}."
        case Rejected(by=by, where=where, why=why):
            return f"{by} rejected it on the {where}: {why}"
        case _:
            assert_never(decision)


def verdict_in_words(verdict: Verdict) -> str:
    """Returns the gate's answer as one sentence."""
    if verdict.conclusion is Conclusion.PASSED:
        fixed = counted(len(verdict.fixed), "finding")
        return f"passed, {fixed} fixed, none added, risk {verdict.risk}."
    said = "; ".join(o.message for o in verdict.objections) or "no reason given"
    return f"{verdict.conclusion}: {said}"
