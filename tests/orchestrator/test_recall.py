"""Recall: what is shown teaches something new, fits, and comes from where it may."""

from __future__ import annotations

from dataclasses import replace

from worlds import CODE, FINDING, GOOD, World

from playground.domain.edit_shapes import edit_shape
from playground.domain.episodes import Episode
from playground.domain.runs import Run

TAUGHT = Episode(
    id="e1",
    root="/repo",
    goal="Fix B006",
    tool=FINDING.tool,
    rule=FINDING.rule,
    message=FINDING.message,
    rule_summary="",
    language="python",
    path="shop.py",
    before="def one(prices=[]):\n    return sum(prices)\n",
    after="def one(prices=()):\n    return sum(prices)\n",
    diff="",
    outcome="approved",
    reason="",
    source="engine",
    decided_at=1.0,
)


def _shaped(episode: Episode) -> Episode:
    return replace(episode, shape=edit_shape(episode.before, episode.after))


def _run(*episodes: Episode) -> tuple[Run, str]:
    world = World()
    for episode in episodes:
        world.memory.remember(_shaped(episode))
    run = world.run()
    return run, world.engine.asked[0].messages[1].content


def _shown(run: Run) -> tuple[str, ...]:
    assert run.waiting is not None
    return run.waiting.provenance.episodes


def test_two_episodes_of_one_shape_are_shown_once_and_make_room_for_another() -> None:
    again = [
        replace(TAUGHT, id=f"e{n}", before=TAUGHT.before.replace("one", f"f{n}"),
                after=TAUGHT.after.replace("one", f"f{n}"))
        for n in range(2, 6)
    ]  # fmt: skip
    other = replace(TAUGHT, id="other", before=CODE, after=GOOD)
    run, prompt = _run(TAUGHT, *again, other)
    assert len(_shown(run)) == 2
    assert "other" in _shown(run)
    assert prompt.count("a person approved") == 2


def test_what_is_too_long_for_a_prompt_is_passed_over_for_what_fits() -> None:
    filler = "    prices = prices\n" * 80
    long = replace(TAUGHT, id="long", before=CODE + filler, after=GOOD + filler.upper())
    run, prompt = _run(long, TAUGHT)
    assert _shown(run) == ("e1",)
    assert filler not in prompt


def test_an_episode_of_a_repository_that_nobody_trusts_is_shown_there_alone() -> None:
    foreign = replace(TAUGHT, id="foreign", root="/theirs", trusted=False)
    run, prompt = _run(foreign)
    assert _shown(run) == ()
    assert "a person approved" not in prompt
    run, prompt = _run(replace(foreign, root="/repo"))
    assert _shown(run) == ("foreign",)


def test_a_reason_is_told_once_and_only_in_its_repository() -> None:
    no = replace(TAUGHT, outcome="rejected", reason="we like lists")
    elsewhere = replace(no, id="e3", root="/theirs", reason="they like tuples")
    silent = replace(no, id="e4", reason="")
    run, prompt = _run(no, replace(no, id="e2"), elsewhere, silent)
    assert prompt.count("we like lists") == 1
    assert "they like tuples" not in prompt
    assert len(_shown(run)) == 1


def test_only_what_a_person_approved_is_shown_as_an_example() -> None:
    others = [
        replace(TAUGHT, id=outcome, outcome=outcome, reason="") for outcome in ("undone", "gave_up")
    ]
    run, prompt = _run(*others)
    assert _shown(run) == ()
    assert "a person approved" not in prompt
