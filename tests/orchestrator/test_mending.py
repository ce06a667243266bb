"""A repair that adds a finding with a fix of its own is mended instead of asked for again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from worlds import FINDING, World

from playground.domain.findings import Finding, Span, TextEdit, ToolFix, with_edits
from playground.domain.tasks import Policy, Source
from playground.orchestrator.mending import with_fixes

ANSWER = "def total(prices=None):\n    # adds up\n    return sum(list(prices or []))\n"
MENDED = "def total(prices=None):\n    # adds up\n    return sum(prices or [])\n"


def _needless_list(text: str, *, fix: bool = True) -> Finding:
    line = text.splitlines()[2]
    start = line.index("list(") + 1
    end = line.rindex("))") + 2
    edits = (TextEdit(Span(3, start, 3, end), "prices or []"),)
    return replace(
        FINDING,
        rule="C411",
        span=Span(3, start, 3, end),
        fix=ToolFix("safe", "drop list()", edits) if fix else None,
    )


def _judge(after: Mapping[str, str]) -> str | Sequence[Finding]:
    text = after["shop.py"]
    return [_needless_list(text)] if "list(" in text else ""


def test_the_fix_of_what_a_repair_adds_is_made_without_asking_again() -> None:
    world = World(answers=lambda _prompt: ANSWER, judgement=_judge)
    run = world.run()
    assert run.waiting is not None
    assert [g.source for g in run.generations] == [Source.ENGINE, Source.MEND]
    candidate = run.candidate(run.waiting.candidate_id)
    assert candidate.patch.files[0].applied_to(world.workspace.files["shop.py"]) == MENDED
    assert run.generations[-1].usage.total == 0
    assert candidate.provenance.model == run.candidates[0].provenance.model


def test_a_finding_without_a_fix_is_left_to_the_next_source() -> None:
    def judge(after: Mapping[str, str]) -> str | Sequence[Finding]:
        text = after["shop.py"]
        return [_needless_list(text, fix=False)] if "list(" in text else ""

    run = World(answers=lambda _prompt: ANSWER, judgement=judge).run()
    assert run.ended is not None
    assert Source.MEND not in {g.source for g in run.generations}


def test_another_objection_beside_the_finding_is_never_mended_away() -> None:
    run = World(answers=lambda _prompt: ANSWER, judgement=lambda _after: "The body is empty.").run()
    assert Source.MEND not in {g.source for g in run.generations}


def test_mending_that_never_helps_ends_and_the_next_source_is_tried() -> None:
    def judge(after: Mapping[str, str]) -> Sequence[Finding]:
        lines = after["shop.py"].splitlines()
        end = len(lines[2]) + 1
        edits = (TextEdit(Span(3, end, 3, end), "  # more"),)
        return [replace(FINDING, rule="W1", span=Span(3, 1, 3, 2), fix=ToolFix("safe", "", edits))]

    policy = Policy(sources=(Source.ENGINE, Source.SAMPLES), samples=1)
    run = World(answers=lambda _prompt: ANSWER, judgement=judge, policy=policy).run()
    assert run.ended is not None
    assert run.ended.outcome == "gave_up"
    sources = [g.source for g in run.generations]
    assert sources.count(Source.MEND) == 3
    assert sources[-1] is Source.SAMPLES


def test_overlapping_fixes_are_made_one_at_a_time() -> None:
    def finding(start: int, end: int, content: str) -> Finding:
        edits = (TextEdit(Span(1, start, 1, end), content),)
        return replace(FINDING, fix=ToolFix("safe", "", edits))

    both = [finding(1, 3, "X"), finding(2, 4, "Y"), finding(5, 6, "Z")]
    assert with_fixes("abcdef\n", both) == "XcdZf\n"


def test_edits_beyond_the_end_go_to_the_end() -> None:
    assert with_edits("a\n", [TextEdit(Span(9, 1, 9, 1), "b\n")]) == "a\nb\n"
