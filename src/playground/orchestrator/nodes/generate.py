"""Generate: drafts from one source, each taken through the door `vet`."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from playground.domain.candidates import Candidate, Draft, Provenance, Refused
from playground.domain.changes import Patch, patch_between
from playground.domain.errors import BadInput, BudgetSpent, Busy, EngineUnavailable, Stale
from playground.domain.events import CandidateGenerated, DecisionTaken, EngineSkipped, RunEnded
from playground.domain.proposals import Amended
from playground.domain.runs import Run
from playground.domain.tasks import Source, Task
from playground.orchestrator.asking import Asking
from playground.orchestrator.graph import GenerateStep
from playground.orchestrator.mending import mendable, mended, with_tool_fix
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect
from playground.orchestrator.recipes.using import Recipes
from playground.orchestrator.sources import Sources
from playground.security.vet import vet

Bases = dict[str, str | None]

_ANSWER_KEPT = 400
_ASKED = frozenset({Source.ENGINE, Source.SAMPLES})


class GenerateNode(BaseNode):
    """Makes drafts: the analyzer's own fix, recipes, the engine's answers, a person's version."""

    name = "generate"

    def __init__(self, asking: Asking, *, sources: Sources, recipes: Recipes) -> None:
        self._asking = asking
        self._sources = sources
        self._recipes = recipes

    def run(self, input_data: Run) -> CandidateGenerated | EngineSkipped | RunEnded:
        """Returns candidates and refusals in the order to be tried.

        Where another engine can follow, one that cannot be asked is skipped, with the reason. A
        spent budget and an engine that is not there are recorded in any case, because nothing is
        mended by trying again.

        Raises:
            EngineUnavailable: the only engine of the run cannot be asked.
            Busy: a rate limit of the only engine would hold the call back for too long.
        """
        step = expect(input_data, GenerateStep)
        try:
            bases = self._sources.bases(input_data.task)
        except Stale as error:
            return RunEnded("stale", str(error))
        try:
            if step.source in _ASKED:
                self._asking.look_up(step.engine)
        except BadInput as error:
            return EngineSkipped(step.engine, str(error))
        try:
            drafts = self._drafts(input_data, step, bases)
        except (EngineUnavailable, Busy) as error:
            if len(input_data.policy.engines) == 1 and not isinstance(error, BudgetSpent):
                raise
            return EngineSkipped(step.engine, str(error))
        vetted = self._vetted(input_data, drafts, bases)
        return CandidateGenerated(step.source, vetted, engine=step.engine)

    def _drafts(self, run: Run, step: GenerateStep, bases: Bases) -> list[Draft]:
        match step.source:
            case Source.TOOL:
                return [tool_draft(run.task, bases)]
            case Source.RECIPE:
                return self._recipes.drafts(run, bases)
            case Source.ENGINE:
                return _asked(self._asking.greedy, run, bases, step=step)
            case Source.SAMPLES:
                return _asked(self._asking.samples, run, bases, step=step)
            case Source.MEND:
                return [mended(run, candidate, bases=bases) for candidate in mendable(run)]
            case Source.CARRIED:
                return []  # the desk records it when it opens the run
            case Source.PERSON:
                return [Draft(_amended_patch(run), Provenance(Source.PERSON))]

    def _vetted(
        self, run: Run, drafts: list[Draft], bases: Bases
    ) -> tuple[Candidate | Refused, ...]:
        """Takes drafts through the door; a candidate seen before ends as a refusal."""
        seen = {c.id for c in run.candidates}
        if drafts and drafts[0].provenance.source is Source.PERSON:
            seen.clear()
        known = {path: text for path, text in bases.items() if text is not None}
        obstacle = partial(self._sources.obstacle, run.task)
        outcome: list[Candidate | Refused] = []
        for draft in drafts:
            vetted = vet(draft, task=run.task, policy=run.policy, bases=known, obstacle=obstacle)
            if isinstance(vetted, Candidate) and vetted.id in seen:
                reason = "The same change was made and judged before."
                vetted = Refused("repeated", reason, draft.provenance, draft.answer[:_ANSWER_KEPT])
            if isinstance(vetted, Candidate):
                seen.add(vetted.id)
            outcome.append(vetted)
        return tuple(outcome)


class _Ask(Protocol):
    def __call__(self, run: Run, bases: Bases, *, engine: str) -> list[Draft]: ...


def _asked(ask: _Ask, run: Run, bases: Bases, *, step: GenerateStep) -> list[Draft]:
    """Asks; a question that no engine can take is a draft with a defect, not an error."""
    try:
        return ask(run, bases, engine=step.engine)
    except BadInput as error:
        return [Draft(None, Provenance(step.source), defect=str(error))]


def _amended_patch(run: Run) -> Patch:
    for event in reversed(run.events):
        if isinstance(event, DecisionTaken) and isinstance(event.decision, Amended):
            return event.decision.patch
    raise LookupError(f"run {run.id} has no version of a person")


def tool_draft(task: Task, bases: Bases) -> Draft:
    """Returns the analyzer's own fix of the task's finding as a draft."""
    provenance = Provenance(Source.TOOL)
    finding = task.finding
    base = bases.get(finding.path) if finding else None
    if finding is None or finding.fix is None or base is None:
        return Draft(None, provenance, defect="The analyzer offers no fix of its own.")
    after = with_tool_fix(base, finding.fix)
    return Draft(patch_between({finding.path: base}, {finding.path: after}), provenance)
