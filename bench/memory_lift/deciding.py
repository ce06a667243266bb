"""Decisions by rule, recorded as if they had been carried out; no package is changed."""

from __future__ import annotations

import time

from playground.app import App
from playground.domain.events import (
    ChangeApplied,
    DecisionTaken,
    EpisodeLearned,
    Event,
    RunEnded,
    TaskOpened,
)
from playground.domain.proposals import Approved, Decision, Proposal, Rejected
from playground.domain.recipes.edits import Lesson
from playground.domain.recipes.forms import form_of
from playground.domain.runs import Run
from playground.domain.syntax import parse
from playground.domain.tasks import Policy, Task
from playground.memory.recipes import RecipeState
from playground.orchestrator.desk import new_run_id
from playground.orchestrator.nodes.learn import LearnNode, region_texts
from playground.orchestrator.recipes.proving import learned, replayed

WHO = "bench"


def opened_anew(app: App, task: Task, policy: Policy) -> Run:
    """Works on a run of its own, even where another one about the same finding waits."""
    run_id = new_run_id()
    app.journal.append(run_id, seq=0, event=TaskOpened(task, policy))
    return app.desk.advance(run_id)


def approve(app: App, run: Run) -> None:
    """Records a yes."""
    proposal = _waiting(run)
    yes = Approved(WHO, WHO, proposal.digest)
    _decided(app, run, yes, then=(ChangeApplied(()), RunEnded("applied", "Approved by rule.")))


def reject(app: App, run: Run, *, why: str) -> None:
    """Records a no."""
    no = Rejected(WHO, WHO, _waiting(run).digest, why)
    _decided(app, run, no, then=(RunEnded("rejected", "Rejected by rule."),))


def _waiting(run: Run) -> Proposal:
    if run.waiting is None:
        raise ValueError(f"nothing waits in run {run.id}")
    return run.waiting


def _decided(app: App, run: Run, decision: Decision, *, then: tuple[Event, ...]) -> None:
    *between, end = then
    after = run
    taken = DecisionTaken(decision, at=time.time())
    for event in (taken, *between, EpisodeLearned(run.id), end):
        app.journal.append(run.id, seq=len(after.events), event=event)
        after = after.with_event(event)
    node = LearnNode(app.memory, gate=app.gate)
    app.memory.remember(node.episode(after, _proposal(after)))


def _proposal(run: Run) -> Proposal:
    if run.proposal is None:
        raise ValueError(f"run {run.id} has no proposal")
    return run.proposal


def learn(app: App, rule: str) -> None:
    """Takes recipes into use whose replay passes."""
    known = {entry.recipe.digest for entry in app.recipes.entries()}
    for recipe in learned(app.memory, rules=(rule,)):
        if recipe.digest not in known and replayed(recipe, app.journal).passed:
            entry = app.recipes.propose(recipe)
            if entry is not None:
                app.recipes.decide(entry.recipe, state=RecipeState.ACTIVE, by=WHO)


def same_meaning(one: Run, other: Run) -> bool:
    """Whether two proposals about the same region mean the same, up to the layout."""
    left, right = (
        parse(Lesson.whole(region_texts(run.task, _proposal(run).patch)[1])) for run in (one, other)
    )
    return left is not None and right is not None and form_of(left) == form_of(right)
