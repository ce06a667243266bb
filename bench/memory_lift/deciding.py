"""Decisions by rule, recorded as if they had been carried out; no package is changed."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress

from working import Product

from playground.domain.errors import Conflict
from playground.domain.events import (
    ChangeApplied,
    DecisionTaken,
    EpisodeLearned,
    Event,
    ProposalMade,
    RunEnded,
    TaskOpened,
)
from playground.domain.proposals import Approved, Decision, Proposal, Rejected
from playground.domain.recipes.edits import Lesson
from playground.domain.recipes.forms import form_of
from playground.domain.runs import RUN_ID_ALPHABET, RUN_ID_LENGTH, Run
from playground.domain.syntax import parse
from playground.domain.tasks import Policy, Task
from playground.memory.recipes import RecipeState
from playground.orchestrator.nodes.learn import LearnNode, region_texts
from playground.orchestrator.recipes.proving import learned, replayed

WHO = "bench"


def worked(product: Product, task: Task, policy: Policy, *, name: str) -> Run:
    """Works on the run of this name, which is the same in every arm, or carries it on.

    The name gives the run's id, and that gives the seeds of its samples.
    """
    digest = hashlib.sha256(name.encode()).digest()
    run_id = "".join(RUN_ID_ALPHABET[b % len(RUN_ID_ALPHABET)] for b in digest[:RUN_ID_LENGTH])
    with suppress(Conflict):  # it was begun before a stop
        product.app.journal.append(run_id, seq=0, event=TaskOpened(task, policy))
    return product.desk.advance(run_id)


def approve(product: Product, run: Run) -> None:
    """Records a yes; repeating it after a stop finishes it."""
    yes = Approved(WHO, WHO, _proposal(run).digest)
    _decided(product, run, yes, then=(ChangeApplied(()), RunEnded("applied", "Approved by rule.")))


def reject(product: Product, run: Run, *, why: str) -> None:
    """Records a no."""
    no = Rejected(WHO, WHO, _proposal(run).digest, why)
    _decided(product, run, no, then=(RunEnded("rejected", "Rejected by rule."),))


def _decided(product: Product, run: Run, decision: Decision, *, then: tuple[Event, ...]) -> None:
    *between, end = then
    taken = DecisionTaken(decision, at=time.time())
    events = (taken, *between, EpisodeLearned(run.id), end)
    made = next(n for n, event in enumerate(run.events, start=1) if isinstance(event, ProposalMade))
    after = run
    for event in events[len(run.events) - made :]:
        product.app.journal.append(run.id, seq=len(after.events), event=event)
        after = after.with_event(event)
    node = LearnNode(product.app.memory, gate=product.app.gate)
    product.app.memory.remember(node.episode(after, _proposal(after)))


def _proposal(run: Run) -> Proposal:
    if run.proposal is None:
        raise ValueError(f"run {run.id} has no proposal")
    return run.proposal


def learn(product: Product, rule: str) -> None:
    """Takes recipes into use whose replay passes."""
    known = {entry.recipe.digest for entry in product.recipes.entries()}
    for recipe in learned(product.app.memory, rules=(rule,)):
        if recipe.digest not in known and replayed(recipe, product.app.journal).passed:
            entry = product.recipes.propose(recipe)
            if entry is not None:
                product.recipes.decide(entry.recipe, state=RecipeState.ACTIVE, by=WHO)


def same_meaning(one: Run, other: Run) -> bool:
    """Whether two proposals about the same region mean the same, up to the layout."""
    left, right = (
        parse(Lesson.whole(region_texts(run.task, _proposal(run).patch)[1])) for run in (one, other)
    )
    return left is not None and right is not None and form_of(left) == form_of(right)
