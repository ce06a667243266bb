"""What one engine's answers do not repair goes to the next one, and nobody is left out silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import BAD, FINDING, GOOD, World, approved

from playground.domain.candidates import Provenance
from playground.domain.errors import BadInput, BudgetSpent, Busy, EngineUnavailable
from playground.domain.events import CandidateGenerated, EngineSkipped, TaskOpened
from playground.domain.findings import Span, TextEdit, ToolFix
from playground.domain.ports import Engine, GenerationRequest
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.journal.codec import decode, encode
from playground.orchestrator.graph import EndStep, GenerateStep, next_step
from playground.testing.engine import FakeEngine

ANSWERS = {"good": GOOD, "bad": BAD, "same": "def total(prices=[]):\n    return 1\n", "none": ""}
TROUBLES = {
    "down": EngineUnavailable("Nobody listens there."),
    "busy": Busy("The limit is reached; wait 40 seconds.", retry_after_s=40),
    "spent": BudgetSpent("The budget is spent; raise it.", retry_after_s=9),
}


@dataclass
class Cascade(World):
    """A world of several engines; `says` tells what each of them does."""

    says: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.engines = {name: FakeEngine(self._answers(name)) for name in self.says}
        super().__post_init__()

    def engine_for(self, name: str) -> Engine:
        if name not in self.engines:
            raise BadInput(f"no engine {name}")
        return self.engines[name]

    def _answers(self, name: str) -> Callable[[GenerationRequest], str]:
        def answer(_request: GenerationRequest) -> str:
            self.asked.append(name)
            said = self.says[name]
            if said in TROUBLES:
                raise TROUBLES[said]
            return ANSWERS[said]

        return answer


def cascade(*says: tuple[str, str], bounds: Policy | None = None) -> Cascade:
    names = tuple(name for name, _ in says)
    policy = replace(bounds or Policy(samples=2), cascade=names)
    return Cascade(policy=policy, says=dict(says))


def sources(run: Run) -> list[tuple[Source, str]]:
    return [(g.source, g.engine) for g in run.generations]


def test_what_the_first_engine_does_not_repair_goes_to_the_next() -> None:
    world = cascade(("small", "bad"), ("big", "good"))
    run = world.run()
    assert run.waiting is not None
    assert sources(run) == [
        (Source.ENGINE, "small"),
        (Source.SAMPLES, "small"),
        (Source.ENGINE, "big"),
    ]
    assert run.waiting.notes == ()
    assert "is still there" in world.engines["big"].asked[0].messages[1].content


def test_the_next_engine_is_not_asked_where_the_first_one_repairs() -> None:
    world = cascade(("small", "good"), ("big", "good"))
    assert world.run().waiting is not None
    assert set(world.asked) == {"small"}


@pytest.mark.parametrize("trouble", ["down", "busy", "spent"])
def test_an_engine_that_cannot_be_asked_is_skipped_and_the_proposal_says_so(trouble: str) -> None:
    world = cascade(("small", trouble), ("big", "good"))
    run = world.run()
    assert run.waiting is not None
    assert run.skipped == {"small": str(TROUBLES[trouble])}
    assert sources(run) == [(Source.ENGINE, "big")]
    assert run.waiting.notes == (f"small was not asked: {TROUBLES[trouble]}",)
    assert world.desk.decide(run.id, decision=approved(run)).ended is not None


def test_the_analyzers_own_fix_needs_no_engine() -> None:
    fix = ToolFix("unsafe", "x", (TextEdit(Span(1, 18, 1, 20), "None"),))
    world = cascade(("small", "down"), ("big", "down"))
    world.policy = replace(world.policy, sources=(Source.ENGINE, Source.TOOL))
    run = world.run(world.task(replace(FINDING, fix=fix)))
    assert sources(run) == [(Source.TOOL, "")]
    assert list(run.skipped) == ["small", "big"]


def test_no_engine_left_is_a_clear_stop_and_another_run_asks_again() -> None:
    world = cascade(("small", "bad"), ("big", "down"))
    run = world.run()
    assert run.ended is not None
    assert run.ended.outcome == "unavailable"
    assert run.ended.reason.startswith("big: Nobody listens there. None of ")
    world.says["big"] = "good"
    again = world.run()
    assert again.id != run.id
    assert again.waiting is not None


def test_one_engine_alone_keeps_its_run_open_until_it_is_back() -> None:
    world = cascade(("only", "down"))
    run_id = world.desk.submit(world.task())
    with pytest.raises(EngineUnavailable):
        world.desk.advance(run_id)
    assert not world.desk.load(run_id).skipped
    world.says["only"] = "good"
    assert world.desk.advance(run_id).waiting is not None


def test_a_spent_budget_ends_the_run_with_what_to_do() -> None:
    run = cascade(("only", "spent")).run()
    assert run.ended is not None
    assert (run.ended.outcome, run.ended.reason) == (
        "unavailable",
        "only: The budget is spent; raise it.",
    )


def test_a_review_that_no_budget_is_left_for_is_one_by_rules() -> None:
    world = cascade(("only", "good"), bounds=Policy(reflections_max=1))
    engine = world.engines["only"]

    def answer(request: GenerationRequest) -> str:
        if "Answer as JSON" in request.messages[1].content:
            raise TROUBLES["spent"]
        return GOOD

    world.engines["only"] = FakeEngine(answer)
    run = world.run()
    assert run.waiting is not None
    assert run.waiting.critique is not None
    assert run.waiting.critique.by == "rules"
    assert "No model reviewed it: The budget is spent" in run.waiting.critique.text
    assert not engine.asked


@pytest.mark.parametrize("others", [(), ("big",)])
def test_an_engine_that_is_not_there_is_skipped_too(others: tuple[str, ...]) -> None:
    """It was taken out of the configuration, or its alias stands for nothing here."""
    world = cascade(("gone", "good"), *((name, "good") for name in others))
    del world.engines["gone"]
    run = world.run()
    assert run.skipped == {"gone": "no engine gone"}
    if others:
        assert run.waiting is not None
        assert run.waiting.notes == ("gone was not asked: no engine gone",)
    else:
        assert run.ended is not None
        assert (run.ended.outcome, run.ended.reason) == ("unavailable", "gone: no engine gone")


@pytest.mark.parametrize("trouble", ["down", "busy"])
def test_a_review_that_a_run_of_several_engines_cannot_get_is_one_by_rules(trouble: str) -> None:
    world = cascade(("small", "good"), ("big", "good"), bounds=Policy(reflections_max=1))

    def answer(request: GenerationRequest) -> str:
        if "Answer as JSON" in request.messages[1].content:
            raise TROUBLES[trouble]
        return GOOD

    world.engines["small"] = FakeEngine(answer)
    run = world.run()
    assert run.waiting is not None
    assert run.waiting.critique is not None
    assert f"No model reviewed it: {TROUBLES[trouble]}" in run.waiting.critique.text


def test_an_engine_that_is_configured_no_more_does_not_hold_its_review_up() -> None:
    world = cascade(("gone", "good"), bounds=Policy(reflections_max=1))

    def answer(_request: GenerationRequest) -> str:
        del world.engines["gone"]
        return GOOD

    world.engines["gone"] = FakeEngine(answer)
    run = world.run()
    assert run.waiting is not None
    assert run.waiting.critique is not None
    assert "No model reviewed it: no engine gone" in run.waiting.critique.text


SAYS = st.sampled_from([*ANSWERS, *TROUBLES])
NAMES = ("a", "b", "c")


@given(st.lists(SAYS, min_size=1, max_size=3), st.integers(1, 3), st.integers(200, 4_000))
def test_every_run_ends_or_stops_clearly(says: list[str], attempts: int, tokens: int) -> None:
    named = list(zip(NAMES, says, strict=False))
    bounds = Policy(samples=2, attempts_max=attempts, tokens_max=tokens)
    world = cascade(*named, bounds=bounds)
    run_id = world.desk.submit(world.task())
    try:
        run = world.desk.advance(run_id)
    except (EngineUnavailable, Busy):
        assert len(says) == 1
        run = world.desk.load(run_id)
        assert run.last.__class__.__name__ == "MemoryRecalled"
        return
    made = sources(run)
    assert len(set(made)) == len(made)
    for name in NAMES:
        assert sum(engine == name for _, engine in made) <= attempts
    order = [NAMES.index(engine) for _, engine in made if engine]
    assert order == sorted(order)
    skips = [event for event in run.events if isinstance(event, EngineSkipped)]
    assert len({skip.engine for skip in skips}) == len(skips)
    if run.waiting is not None:
        assert len(run.waiting.notes) == len(skips)
    else:
        assert run.ended is not None
        assert run.ended.outcome in {"gave_up", "unavailable"}
        assert all(skip.reason in run.ended.reason for skip in skips) or run.usage.total >= tokens
    for length in range(1, len(run.events) + 1):
        part = Run(run.id, run.events[:length])
        assert next_step(part, run.policy) == next_step(part, run.policy)
        assert [decode(encode(event)) for event in part.events] == list(part.events)


def test_runs_that_were_recorded_before_there_were_cascades_go_on() -> None:
    """The texts are what an older version wrote: no cascade, no engine of a step, no cost."""
    opened = encode(TaskOpened(World().task(), Policy(engine="other")))
    assert ',"cascade":[]' in opened or '"cascade":[],' in opened
    old = opened.replace('"cascade":[],', "").replace(',"cascade":[]', "")
    provenance = Provenance(Source.ENGINE, "llama_cpp", "m")
    made = encode(CandidateGenerated(Source.ENGINE, (), 1.0)).replace('"engine":"",', "")
    assert '"engine":""' not in made
    first, second = decode(old), decode(made)
    assert isinstance(first, TaskOpened)
    run = Run("r", (first, second))
    assert run.policy.engines == ("other",)
    assert provenance.name == ""
    assert next_step(run, run.policy) == GenerateStep(Source.SAMPLES, "other")
    samples = replace(CandidateGenerated(Source.SAMPLES, ()), engine="other")
    assert isinstance(next_step(run.with_event(samples), run.policy), EndStep)
