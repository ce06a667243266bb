from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from worlds import FINDING, World, approved, rejected

from playground.domain.episodes import Episode
from playground.domain.errors import StorageUnavailable
from playground.domain.events import CandidateGenerated
from playground.domain.findings import Span
from playground.domain.recipes import Kind, Recipe, Unit
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.orchestrator.recipes.proving import Replay, learned, replayed
from playground.surfaces.rendering.sentences import origin
from playground.testing.memory import FakeMemory

RECIPE = Recipe(
    id="ruff-b006-none",
    version=3,
    tool="ruff",
    rule="B006",
    unit=Unit.STATEMENTS,
    before="def name_1(name_2=[]):\n    statements_1\n",
    after="def name_1(name_2=None):\n    name_2 = name_2 or []\n    statements_1\n",
    variables=(("name_1", Kind.NAME), ("name_2", Kind.NAME), ("statements_1", Kind.STATEMENTS)),
    episodes=("run-a", "run-b", "run-c"),
)
AFTER = """def total(prices=None):
    # adds up
    prices = prices or []
    return sum(prices)
"""


@dataclass
class Shelf:
    """Recipes in use."""

    recipes: list[Recipe] = field(default_factory=lambda: [RECIPE])
    error: StorageUnavailable | None = None

    def active(self, *, tool: str, rule: str) -> Sequence[Recipe]:
        if self.error is not None:
            raise self.error
        return [r for r in self.recipes if (r.tool, r.rule) == (tool, rule)]


def sources(run: Run) -> list[Source]:
    return [e.source for e in run.events if isinstance(e, CandidateGenerated)]


def test_an_approved_recipe_repairs_without_a_token() -> None:
    world = World(recipes=Shelf())
    run = world.run()
    proposal = run.waiting
    assert proposal is not None
    assert sources(run) == [Source.RECIPE]
    assert run.recalled is not None
    assert run.recalled.recipes == ("ruff-b006-none@3",)
    assert (proposal.provenance.recipe, proposal.provenance.episodes) == (
        "ruff-b006-none@3",
        RECIPE.episodes,
    )
    assert (run.usage.total, world.engine.asked) == (0, [])
    world.desk.decide(run.id, decision=approved(run))
    assert world.workspace.files["shop.py"] == AFTER


def test_the_gate_judges_a_recipe_like_anything_else() -> None:
    world = World(recipes=Shelf(), judgement=lambda after: _only_by_engine(str(after)))
    run = world.run()
    assert sources(run)[:2] == [Source.RECIPE, Source.ENGINE]
    assert run.waiting is not None
    assert run.waiting.provenance.source is Source.ENGINE


def _only_by_engine(after: str) -> str:
    return "" if "sum(prices or [])" in after else "B006 is still there."


def test_a_recipe_is_no_attempt() -> None:
    policy = Policy(attempts_max=1, samples=1)
    world = World(recipes=Shelf(), judgement=lambda _after: "No.", policy=policy)
    assert sources(world.run()) == [Source.RECIPE, Source.ENGINE]


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, rule="B008"),
        replace(RECIPE, tool="pyright"),
        replace(RECIPE, before=RECIPE.before.replace("[]", "{}")),
        replace(RECIPE, before="no code ("),
    ],
)
def test_what_is_for_something_else_is_not_used(other: Recipe) -> None:
    world = World(recipes=Shelf([other]))
    assert Source.RECIPE not in sources(world.run())


def test_a_policy_without_recipes_uses_none() -> None:
    world = World(recipes=Shelf(), policy=Policy(sources=(Source.ENGINE,)))
    run = world.run()
    assert sources(run) == [Source.ENGINE]
    assert run.recalled is not None
    assert run.recalled.recipes == ()


def test_a_recipe_that_is_taken_back_meanwhile_is_not_used() -> None:
    shelf = Shelf()
    world = World(recipes=shelf)
    run_id = world.desk.submit(world.task())

    def forgetful(_run: Run, event: object) -> None:
        if not isinstance(event, CandidateGenerated):
            shelf.recipes = []

    run = world.desk.advance(run_id, listener=forgetful)
    assert sources(run) == [Source.RECIPE, Source.ENGINE]
    assert "not in use any more" in run.refusals[0].reason


def test_recipes_that_cannot_be_read_stop_nobody() -> None:
    world = World(recipes=Shelf(error=StorageUnavailable("The recipes cannot be read.")))
    run = world.run()
    assert run.waiting is not None
    assert run.recalled is not None
    assert run.recalled.trouble == "The recipes cannot be read."


def test_several_fitting_recipes_are_tried_in_order() -> None:
    worse = replace(RECIPE, id="ruff-b006-other", after="def name_1(name_2=None):\n    return 1\n")
    unfit = replace(worse, before=RECIPE.before.replace("    statements_1", "    return name_1"))
    keeps = replace(RECIPE, id="a", after=RECIPE.after.replace("or []", "or list()"))
    world = World(recipes=Shelf([unfit, keeps, RECIPE]))
    run = world.run()
    assert run.recalled is not None
    assert run.recalled.recipes == ("a@3", "ruff-b006-none@3")
    assert run.waiting is not None
    assert run.waiting.provenance.recipe == "ruff-b006-none@3"


# ── the past ─────────────────────────────────────────────────────────────────────────────────


def decided(world: World, *, yes: bool) -> Run:
    run = world.run()
    decision = approved(run) if yes else rejected(run, why="no")
    return world.desk.decide(run.id, decision=decision)


def test_a_replay_tells_what_was_approved_from_what_was_rejected() -> None:
    world = World(recipes=Shelf())
    yes = decided(world, yes=True)
    own = replace(RECIPE, episodes=(yes.id,))
    told = replayed(own, world.journal)
    assert told.passed
    assert told.repeated == (yes.id,)

    no = World(recipes=Shelf())
    refused = decided(no, yes=False)
    assert replayed(RECIPE, no.journal).refused == (refused.id,)
    assert not replayed(RECIPE, no.journal).passed
    no.desk.forget(refused.id, by="ada", where="terminal")
    assert replayed(RECIPE, no.journal) == Replay((), (), (), ())

    undone = world.desk.undo(yes.id, by="ada", where="terminal")
    assert replayed(own, world.journal).refused == (undone.id,)


def test_a_recipe_that_does_not_give_back_its_own_episodes_fails() -> None:
    world = World()  # the engine's repair is another one than the recipe's
    run = decided(world, yes=True)
    assert replayed(replace(RECIPE, episodes=(run.id,)), world.journal).failed == (run.id,)
    other = replayed(RECIPE, world.journal)
    assert other.differing == (run.id,)
    assert other.passed


def test_only_approved_episodes_of_trusted_repositories_are_learned_from() -> None:
    codes = ["f(1)\n", "g = h(a, 2)\n", "return_me(b.c())\n"]
    episodes = [
        Episode(
            id=f"e{n}", root="/r", goal="", tool="ruff", rule=FINDING.rule, message="",
            rule_summary="", language="python", path=f"m{n}.py", before=f"old({code.strip()})\n",
            after=f"new({code.strip()})\n" if "=" not in code else f"new({code[4:].strip()})\n",
            diff="", outcome="approved", reason="", source="engine", decided_at=float(n),
        )
        for n, code in enumerate(codes)
    ]  # fmt: skip
    episodes[1] = replace(episodes[1], before="old(h(a, 2))\n")

    def recipes(changed: Episode) -> list[Recipe]:
        memory = FakeMemory()
        for episode in [*episodes[:2], changed]:
            memory.remember(episode)
        return learned(memory)

    good = episodes[2]
    assert recipes(good)
    assert recipes(replace(good, outcome="amended"))
    for bad in ("rejected", "undone", "gave_up"):
        assert not recipes(replace(good, outcome=bad))
    assert not recipes(replace(good, trusted=False))
    assert not recipes(replace(good, language="javascript"))
    assert not recipes(replace(good, rule=""))


BARE = "def total(prices):\n    try:\n        return sum(prices)\n    except:\n        return 0\n"
BARE_EXCEPT = replace(
    FINDING, rule="E722", span=Span(4, 5, 4, 11), line_text="    except:", message="bare except"
)


def test_a_built_in_recipe_repairs_without_memory_and_without_a_token() -> None:
    world = World(judgement=lambda _after: "")
    world.workspace.files["shop.py"] = BARE
    run = world.run(world.task(BARE_EXCEPT))
    proposal = run.waiting
    assert proposal is not None
    assert sources(run) == [Source.RECIPE]
    assert proposal.provenance.recipe == "builtin-e722@1"
    assert origin(proposal.provenance) == "a built-in recipe"
    assert (run.usage.total, world.engine.asked) == (0, [])
    world.desk.decide(run.id, decision=approved(run))
    assert world.workspace.files["shop.py"] == BARE.replace("except:", "except Exception:")


def test_built_in_recipes_can_be_switched_off() -> None:
    world = World(judgement=lambda _after: "", policy=Policy(built_in_recipes=False))
    world.workspace.files["shop.py"] = BARE
    run = world.run(world.task(BARE_EXCEPT))
    assert run.recalled is not None
    assert run.recalled.recipes == ()
    assert Source.RECIPE not in sources(run)
    assert world.engine.asked


def test_a_person_s_own_recipe_comes_before_a_built_in_one() -> None:
    own = replace(
        RECIPE,
        rule="E722",
        id="own",
        unit=Unit.STATEMENTS,
        before="try:\n    statements_1\nexcept:\n    return 0\n",
        after="try:\n    statements_1\nexcept ValueError:\n    return 0\n",
        variables=(("statements_1", Kind.STATEMENTS),),
    )
    world = World(recipes=Shelf([own]), judgement=lambda _after: "")
    world.workspace.files["shop.py"] = BARE
    run = world.run(world.task(BARE_EXCEPT))
    assert run.recalled is not None
    assert run.recalled.recipes == ("own@3", "builtin-e722@1")
    assert run.waiting is not None
    assert run.waiting.provenance.recipe == "own@3"
    assert origin(run.waiting.provenance) == "a recipe that you approved"
