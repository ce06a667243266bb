"""The whole graph of a run as one pure function.

`next_step` looks at nothing but the run's events and bounds, so a run that was interrupted
anywhere is carried on by asking it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from playground.domain.candidates import Candidate
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
    EvidenceAdded,
    ForgettingRequested,
    MemoryRecalled,
    ProposalMade,
    RunEnded,
    TaskOpened,
    UndoRequested,
)
from playground.domain.proposals import (
    BY_RULES,
    Amended,
    Approved,
    Decision,
    Proposal,
    Rejected,
)
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.orchestrator.mending import mendable

_BY_MODEL = frozenset({Source.ENGINE, Source.SAMPLES, Source.MEND})
_WITHOUT_MODEL = frozenset({Source.TOOL, Source.RECIPE})
_ASKED = frozenset({Source.ENGINE, Source.SAMPLES})
_BESIDES = frozenset({Source.PERSON, Source.MEND, Source.CARRIED})
"""Sources that are no attempt: they cost no tokens and follow from what was made before."""


@dataclass(frozen=True, slots=True)
class RecallStep:
    """Ask memory for episodes like the task."""


@dataclass(frozen=True, slots=True)
class GenerateStep:
    """Make drafts from one source and take them through the door.

    Attributes:
        engine: configured name of the engine that is asked, "" for the default one or none.
    """

    source: Source
    engine: str = ""


@dataclass(frozen=True, slots=True)
class CheckStep:
    """Let the gate judge a candidate."""

    candidate_id: str


@dataclass(frozen=True, slots=True)
class ConsultStep:
    """Let a person's own node look at a candidate that the gate passed."""

    node: str
    candidate_id: str


@dataclass(frozen=True, slots=True)
class ReflectStep:
    """Review a candidate with its verdict in hand."""

    candidate_id: str


@dataclass(frozen=True, slots=True)
class ProposeStep:
    """Show a verified candidate to a person."""

    candidate_id: str


@dataclass(frozen=True, slots=True)
class AwaitStep:
    """Nothing to do until a person decides."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class ApplyStep:
    """Write the approved patch through the one door."""

    proposal: Proposal
    approved: Approved


@dataclass(frozen=True, slots=True)
class UndoStep:
    """Write the applied patch backwards through the same door."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class LearnStep:
    """Turn the decided run into an episode."""


@dataclass(frozen=True, slots=True)
class ForgetStep:
    """Take the run's episode out of memory."""


@dataclass(frozen=True, slots=True)
class EndStep:
    """Close the run with an outcome and a reason."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class FinishedStep:
    """The run is over."""


Step = (
    RecallStep
    | GenerateStep
    | CheckStep
    | ConsultStep
    | ReflectStep
    | ProposeStep
    | AwaitStep
    | ApplyStep
    | UndoStep
    | LearnStep
    | ForgetStep
    | EndStep
    | FinishedStep
)


def next_step(run: Run, policy: Policy) -> Step:
    """Returns what the run needs next."""
    event = run.last
    match event:
        case TaskOpened():
            return RecallStep()
        case MemoryRecalled() | CandidateGenerated() | CandidateTested() | EngineSkipped():
            return _go_on(run, policy)
        case EvidenceAdded() | CandidateRefused() | CandidateReflected():
            return _go_on(run, policy)
        case ProposalMade(proposal=proposal):
            return AwaitStep(proposal)
        case DecisionTaken(decision=decision):
            return _after_decision(run, decision)
        case ChangeApplied() | ChangeUndone():
            return LearnStep()
        case UndoRequested():
            return UndoStep(_proposal_of(run))
        case ForgettingRequested():
            return ForgetStep()
        case EpisodeLearned() | EpisodeForgotten():
            return _ending(run)
        case RunEnded():
            return FinishedStep()
        case _:
            assert_never(event)


def _go_on(run: Run, policy: Policy) -> Step:
    """Tests what is untested, then shows the best, else tries the next source."""
    chosen = _passing(run)
    if chosen is not None:
        step = _review(run, policy, chosen)
        if step is not None:
            return step
    elif (untested := _untested(run)) is not None:
        return CheckStep(untested.id)
    if run.was_amended:
        return _back_to_proposal(run)
    if chosen is None and mendable(run) and not _spent(run, policy):
        return GenerateStep(Source.MEND)
    attempt = _next_attempt(run, policy)
    if attempt is not None and not _spent(run, policy):
        return attempt
    best = best_candidate(run)
    if best is not None:
        return ProposeStep(best.id)
    if run.skipped and not _spent(run, policy):
        return EndStep("unavailable", _who_could_not_be_asked(run))
    return EndStep("gave_up", _why_gave_up(run, policy))


def _passing(run: Run) -> Candidate | None:
    """Returns the candidate of the newest generation that the gate passed and nobody refused."""
    for candidate in _newest_candidates(run):
        verdict = run.verdicts.get(candidate.id)
        if verdict is not None and verdict.passed and candidate.id not in run.refused_ids:
            return candidate
    return None


def _newest_candidates(run: Run) -> tuple[Candidate, ...]:
    if not run.generations:
        return ()
    return tuple(d for d in run.generations[-1].drafts if isinstance(d, Candidate))


def _untested(run: Run) -> Candidate | None:
    return next((c for c in _newest_candidates(run) if c.id not in run.verdicts), None)


def _review(run: Run, policy: Policy, candidate: Candidate) -> Step | None:
    """Returns the step that a passing candidate needs, None when another try is wanted."""
    for node in policy.nodes:
        if (node, candidate.id) not in run.nodes_done:
            return ConsultStep(node, candidate.id)
    by_model = candidate.provenance.source in _BY_MODEL
    critique = run.critiques.get(candidate.id)
    if critique is None:
        return ReflectStep(candidate.id)
    if critique.advice == "revise" and not _exhausted(run, policy):
        return None
    best = best_candidate(run) if by_model else candidate
    return ProposeStep((best or candidate).id)


def best_candidate(run: Run) -> Candidate | None:
    """Returns the passing candidate to show: reviewed well, then least risk, then shortest."""
    able = [
        c
        for c in run.candidates
        if c.id in run.verdicts and run.verdicts[c.id].passed and c.id not in run.refused_ids
    ]

    def rank(candidate: Candidate) -> tuple[bool, str, int]:
        critique = run.critiques.get(candidate.id)
        doubted = critique is not None and critique.advice == "revise"
        return doubted, run.verdicts[candidate.id].risk, candidate.patch.lines_changed

    return min(able, key=rank, default=None)


def _next_attempt(run: Run, policy: Policy) -> GenerateStep | None:
    """Returns the next attempt that was not made, None when the bounds or the lists end.

    The first engine has the analyzer's own fix and recipes beside it. The sources of every other
    engine follow when those before it have nothing left.
    """
    first = policy.engines[0]
    for engine in policy.engines:
        tried = [
            g.source
            for g in run.generations
            if g.source not in _BESIDES and (g.engine or first) == engine
        ]
        if len([s for s in tried if s is not Source.RECIPE]) >= policy.attempts_max:
            continue
        for source in policy.sources:
            if source not in tried and _may_ask(run, source, engine=engine, first=first):
                return GenerateStep(source, "" if source in _WITHOUT_MODEL else engine)
    return None


def _may_ask(run: Run, source: Source, *, engine: str, first: str) -> bool:
    if source not in _WITHOUT_MODEL:
        return engine not in run.skipped
    if engine != first:
        return False
    if source is Source.RECIPE:
        return run.recalled is not None and bool(run.recalled.recipes)
    finding = run.task.finding
    return finding is not None and finding.fix is not None


def asks_model(run: Run, step: Step) -> bool:
    """Whether the run's next step may cost tokens."""
    if isinstance(step, ReflectStep):
        return may_ask_for_review(run, candidate=run.candidate(step.candidate_id))
    return isinstance(step, GenerateStep) and step.source in _ASKED


def may_ask_for_review(run: Run, *, candidate: Candidate) -> bool:
    """Whether the engine may be asked to review this candidate, within the run's bounds."""
    by_model = candidate.provenance.source in _BY_MODEL
    asked = sum(critique.by != BY_RULES for critique in run.critiques.values())
    policy = run.policy
    return by_model and asked < policy.reflections_max and not _spent(run, policy)


def _spent(run: Run, policy: Policy) -> bool:
    return run.usage.total >= policy.tokens_max or run.seconds >= policy.wall_s_max


def _exhausted(run: Run, policy: Policy) -> bool:
    return _spent(run, policy) or _next_attempt(run, policy) is None


def _back_to_proposal(run: Run) -> Step:
    """After a person's own version failed, the proposal that they saw is shown again."""
    return ProposeStep(_proposal_of(run).candidate_id)


def _proposal_of(run: Run) -> Proposal:
    proposal = run.proposal
    if proposal is None:
        raise AssertionError(f"run {run.id} was decided without a proposal")
    return proposal


def _after_decision(run: Run, decision: Decision) -> Step:
    match decision:
        case Approved():
            return ApplyStep(_proposal_of(run), decision)
        case Amended():
            return GenerateStep(Source.PERSON)
        case Rejected():
            return LearnStep()
        case _:
            assert_never(decision)


def _ending(run: Run) -> EndStep:
    kinds = {type(event) for event in run.events}
    if ChangeUndone in kinds:
        return EndStep("undone", "The change was taken back; the files are as before.")
    if ChangeApplied in kinds:
        return EndStep("applied", "The approved change is on disk.")
    return EndStep("rejected", "A person rejected the proposal.")


def _who_could_not_be_asked(run: Run) -> str:
    """Returns why engines were not asked, and what came of those that were."""
    said = [f"{name or 'The engine'}: {reason}" for name, reason in run.skipped.items()]
    if run.generations:
        said.append(f"None of {_tries(run)} before passed the gate.")
    return " ".join(said)


def _why_gave_up(run: Run, policy: Policy) -> str:
    """Returns one sentence with the bound that was reached and the newest objection."""
    if run.usage.total >= policy.tokens_max:
        bound = f"the limit of {policy.tokens_max} tokens was reached (cycles.tokens_max)"
    elif run.seconds >= policy.wall_s_max:
        bound = f"the limit of {policy.wall_s_max:g} seconds was reached (cycles.wall_s_max)"
    else:
        bound = f"none of {_tries(run)} passed the gate"
    newest = _newest_objection(run)
    return f"{bound[0].upper()}{bound[1:]}{': ' + newest if newest else '.'}"


def _tries(run: Run) -> str:
    total = sum(len(g.drafts) for g in run.generations if g.source is not Source.MEND)
    return f"{total} {'try' if total == 1 else 'tries'}"


def _newest_objection(run: Run) -> str:
    for event in reversed(run.events):
        if isinstance(event, CandidateTested) and event.verdict.objections:
            return event.verdict.objections[0].message
        if isinstance(event, CandidateRefused):
            return event.reason
        if isinstance(event, CandidateGenerated):
            refused = [d for d in event.drafts if not isinstance(d, Candidate)]
            if refused and len(refused) == len(event.drafts):
                return refused[-1].reason
    return ""
