"""The graph is total, pure, and always comes to an end."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from worlds import FINDING, World, approved, rejected

from playground.domain.changes import patch_between
from playground.domain.findings import Finding, Span, TextEdit, ToolFix
from playground.domain.proposals import Amended
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.orchestrator.graph import next_step

ANSWERS = [
    "def total(prices=None):\n    # adds up\n    return sum(prices or [])\n",
    "def total(prices=()):\n    # adds up\n    return sum(prices or [], 0)\n",
    "def total(prices=[]):\n    # adds up\n    return sum(prices)\n",
    "def total(prices=()):\n    # adds up\n    return 1\n",
    "garbage (",
    "",
]
REVIEWS = ['{"advice": "accept", "reason": "a"}', '{"advice": "revise", "reason": "b"}', "what?"]
POLICIES = st.builds(
    Policy,
    sources=st.lists(
        st.sampled_from([Source.TOOL, Source.ENGINE, Source.SAMPLES]), unique=True
    ).map(tuple),
    attempts_max=st.integers(1, 4),
    reflections_max=st.integers(0, 2),
    tokens_max=st.integers(1, 4_000),
    samples=st.integers(1, 3),
)


@given(
    policy=POLICIES,
    answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6),
    reviews=st.lists(st.sampled_from(REVIEWS), min_size=1, max_size=3),
    decisions=st.lists(st.sampled_from(["approve", "reject", "amend"]), max_size=4),
    with_fix=st.booleans(),
)
def test_every_run_ends_within_its_bounds(
    policy: Policy,
    answers: list[str],
    reviews: list[str],
    decisions: list[str],
    with_fix: bool,
) -> None:
    turn = {"answer": 0, "review": 0}

    def answer(prompt: str) -> str:
        kind, texts = ("review", reviews) if "Answer as JSON" in prompt else ("answer", answers)
        turn[kind] += 1
        return texts[(turn[kind] - 1) % len(texts)]

    world = World(answers=answer, policy=policy)
    run = world.run(world.task(_finding(with_fix=with_fix)))
    for decision in decisions:
        if run.waiting is None:
            break
        run = _decide(world, run, decision)
    while run.waiting is not None:
        run = world.desk.decide(run.id, decision=rejected(run, why="enough"))
    assert run.ended is not None
    _bounds_hold(run, policy)
    for length in range(1, len(run.events) + 1):
        part = Run(run.id, run.events[:length])
        assert next_step(part, policy) == next_step(part, policy)


def _finding(*, with_fix: bool) -> Finding:
    fix = ToolFix("unsafe", "x", (TextEdit(Span(1, 18, 1, 20), "None"),))
    return replace(FINDING, fix=fix if with_fix else None)


def _decide(world: World, run: Run, decision: str) -> Run:
    proposal = run.waiting
    assert proposal is not None
    if decision == "approve":
        return world.desk.decide(run.id, decision=approved(run))
    if decision == "reject":
        return world.desk.decide(run.id, decision=rejected(run, why="no"))
    base = world.workspace.files["shop.py"]
    patch = patch_between({"shop.py": base}, {"shop.py": ANSWERS[1]})
    return world.desk.decide(run.id, decision=Amended("ada", "terminal", proposal.digest, patch))


def _bounds_hold(run: Run, policy: Policy) -> None:
    made = [g for g in run.generations if g.source not in {Source.PERSON, Source.MEND}]
    assert len(made) <= policy.attempts_max
    assert len({g.source for g in made}) == len(made)
    by_model = [c for c in run.critiques.values() if c.by != "rules"]
    assert len(by_model) <= policy.reflections_max
    assert all(len(g.drafts) <= max(1, policy.samples) for g in run.generations)
    for proposal in (p for p in [run.proposal] if p):
        assert proposal.verdict.passed
