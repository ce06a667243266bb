"""What a person sees of a cascade: who was asked, who was not and why, and what it cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from surface_stage import World, words

from playground.domain.candidates import Cost, Provenance
from playground.domain.errors import BudgetSpent, EngineUnavailable
from playground.domain.ports import Capability, EngineInfo, Generation, GenerationRequest
from playground.domain.tasks import Source
from playground.surfaces.rendering.sentences import origin
from playground.surfaces.terminal import main
from playground.surfaces.working.lines import source_of
from playground.testing.engine import Answer, FakeEngine

FLAWED = {"a.py": "x = 'WORSE'\n"}
GOOD = "Change: say it.\n\n```python\nx = 'GOOD'\n```\n"


class PricedEngine(FakeEngine):
    """Says its name and a cost, as engines of the factory do."""

    def generate(self, request: GenerationRequest) -> Generation:
        done = super().generate(request)
        return replace(done, name="other", cost=Cost("0.0021", "USD"))

    def probe(self) -> EngineInfo:
        info = super().probe()
        return replace(info, capabilities=info.capabilities | Capability.CACHE_REPORT)


def down(_request: GenerationRequest) -> str:
    raise EngineUnavailable("Nobody listens there.")


def spent(_request: GenerationRequest) -> str:
    raise BudgetSpent("The budget of 5 USD a day has nothing left; raise it.", retry_after_s=9)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, FLAWED)
    world.manager.config.model.cascade = ("local", "other")
    world.engines.named["local"] = FakeEngine(down)
    world.engines.named["other"] = PricedEngine(lambda _request: GOOD)
    return world


def run(world: World, *argv: str, typed: str | None = None) -> int:
    return main(list(argv), stage=world.stage(typed))


def test_the_proposal_says_who_made_it_who_did_not_and_what_it_cost(world: World) -> None:
    assert run(world, "improve", ".", "--apply", "never") == 0
    shown = " ".join(words(world.out).split())
    assert "the engine other (fake) · fake-1 ·" in shown
    assert "0.0021 USD" in shown
    assert "local was not asked: Nobody listens there." in shown
    assert "local was not asked: Nobody listens there." in words(world.err)
    (found,) = world.journal.runs()
    run(world, "show", found.id)
    assert "local was not asked" in words(world.out)


def test_the_line_of_json_carries_the_same(world: World) -> None:
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 0
    line = json.loads(world.out.getvalue().splitlines()[0])
    assert line["engine"]["name"] == "other"
    assert (line["engine"]["kind"], line["engine"]["model"]) == ("fake", "fake-1")
    assert line["engine"]["cost"] == line["cost"] == {"amount": "0.0021", "currency": "USD"}
    assert line["skipped_engines"] == {"local": "Nobody listens there."}


def test_a_refused_try_of_the_small_engine_is_in_the_cost_of_the_run(world: World) -> None:
    world.engines.named["local"] = FakeEngine(lambda _request: "x = 'WORSE'\n")
    assert run(world, "improve", ".", "--apply", "never") == 0
    assert "the whole run" in words(world.out)
    assert "of local, other" in " ".join(words(world.out).split())


@pytest.mark.parametrize(("answer", "words_"), [(down, "Nobody listens"), (spent, "raise it")])
def test_nobody_left_to_ask_is_exit_3_with_the_reason(
    world: World, answer: Answer, words_: str
) -> None:
    world.engines.named["other"] = FakeEngine(answer)
    assert run(world, "improve", ".", "--apply", "never") == 3
    assert words_ in words(world.err)
    assert run(world, "generate", "write a greeting") == 3


def test_three_findings_in_a_row_without_an_engine_end_the_command(tmp_path: Path) -> None:
    world = World(tmp_path, {f"f{n}.py": "x = 'WORSE'\n" for n in range(6)})
    world.manager.config.model.cascade = ("local", "other")
    world.engines.engine = FakeEngine(spent)
    assert run(world, "improve", ".", "--apply", "never", "--format", "json") == 3
    *findings, summary = [json.loads(line) for line in world.out.getvalue().splitlines()]
    assert [line["outcome"] for line in findings] == ["error"] * 3
    assert summary["not_tried"] == 3


def test_bench_measures_the_engine_that_is_named(world: World) -> None:
    assert run(world, "model", "bench", "--engine", "other", "--format", "json") == 0
    found = json.loads(world.out.getvalue())
    assert (found["engine"], found["kind"], found["model"]) == ("other", "fake", "fake-1")
    assert found["prompt_tokens_per_s"] > 0
    assert found["prefix_reuse"] == 0
    assert found["cost"] == {"amount": "0.0042", "currency": "USD"}
    other = world.engines.named["other"]
    assert isinstance(other, PricedEngine)
    first, second = (asked.messages[0].content for asked in other.asked)
    assert first != second
    assert first.rsplit("\n", 1)[0] == second.rsplit("\n", 1)[0]
    assert run(world, "model", "bench", "--engine", "other") == 0
    assert "prefix reuse" in words(world.out)
    assert run(world, "model", "bench") == 3  # the first of the cascade is down


@pytest.mark.parametrize(
    ("made", "words", "source"),
    [
        (Provenance(Source.MEND), "the analyzer's own fix, with the analyzer's fixes", "tool"),
        (
            Provenance(Source.MEND, recipe="learned"),
            "a recipe that you approved, with the analyzer's fixes",
            "recipe",
        ),
        (Provenance(Source.MEND, "fake", "m"), "the engine, with the analyzer's fixes", "engine"),
    ],
)
def test_no_engine_is_said_to_have_made_what_none_made(
    made: Provenance, words: str, source: str
) -> None:
    assert origin(made).startswith(words)
    assert source_of(made) == source
