"""One statement is asked for first where a function holds more, and the whole function next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import FINDING, World

from playground.domain.findings import Finding, Span
from playground.domain.regions import region_at, region_text
from playground.domain.tasks import Policy, Source, Task
from playground.orchestrator.focus import answered_whole, focus_of, focus_text

CODE = '''def report(items, limit):
    """Reports."""
    total = 0
    for item in items:
        if item.price > limit:
            total += item.price; limit += 1
        total += item.tax
    name = (
        items[0].name
    )
    return f"{name}: {total}"
'''


def _finding(line: int, *, last: int = 0) -> Finding:
    return replace(FINDING, span=Span(line, 5, last or line, 9), symbol="report")


def _focus(line: int, *, last: int = 0) -> tuple[int, int] | None:
    region = region_at("shop.py", text=CODE, line=line)
    focus = focus_of(CODE, region=region, finding=_finding(line, last=last))
    return (focus.start_line, focus.end_line) if focus else None


@pytest.mark.parametrize(
    ("line", "last", "expected"),
    [
        (3, 3, (3, 3)),
        (7, 7, (7, 7)),
        (9, 9, (8, 10)),
        (5, 5, (5, 6)),
        (4, 4, (4, 7)),
        (11, 11, (11, 11)),
        (1, 1, None),  # the head of the function concerns its body
        (6, 6, None),  # two statements on one line
        (3, 11, None),  # no one statement holds it
    ],
)
def test_the_focus_is_the_smallest_statement_that_stands_alone(
    line: int, last: int, expected: tuple[int, int] | None
) -> None:
    assert _focus(line, last=last) == expected


def test_a_short_function_is_asked_for_as_a_whole() -> None:
    code = "def f(x):\n    return x.y\n"
    region = region_at("shop.py", text=code, line=2)
    assert focus_of(code, region=region, finding=_finding(2)) is None


@given(st.integers(1, 11), st.integers(1, 11))
def test_a_focus_lies_in_the_region_around_the_finding(line: int, last: int) -> None:
    region = region_at("shop.py", text=CODE, line=line)
    focus = focus_of(CODE, region=region, finding=_finding(line, last=max(line, last)))
    if focus is not None:
        assert region.start_line <= focus.start_line <= line
        assert max(line, last) <= focus.end_line <= region.end_line
        assert (
            focus_text(CODE, focus).strip()
            in "\n".join(part.strip() for part in region_text(CODE, region).splitlines())
            or focus.start_line != focus.end_line
        )


def test_an_answer_that_gives_the_whole_function_is_known_for_one() -> None:
    region = region_at("shop.py", text=CODE, line=3)
    assert answered_whole("  def report(items):\n      return 1\n", region=region)
    assert not answered_whole("total = 1\n", region=region)
    assert not answered_whole("total = (", region=region)


def _world(answer: str) -> tuple[World, Task]:
    world = World(
        answers=lambda _prompt: answer,
        policy=Policy(sources=(Source.ENGINE, Source.SAMPLES), samples=2),
        judgement=lambda after: "" if "items[0].title" in after["shop.py"] else "Still there.",
    )
    world.workspace.files["shop.py"] = CODE
    return world, world.task(replace(_finding(9), line_text="        items[0].name"))


def test_the_statement_alone_is_rewritten_where_it_stands() -> None:
    world, task = _world("```python\nname = items[0].title\n```\n")
    run = world.run(task)
    assert run.waiting is not None
    after = run.candidates[0].patch.files[0].applied_to(CODE)
    assert after == CODE.replace(
        "    name = (\n        items[0].name\n    )\n", "    name = items[0].title\n"
    )
    assert "Rewrite only these lines" in world.engine.asked[0].messages[1].content


CLAUSES = '''def stored(table, name, default=None):
    """Returns what is stored."""
    try:
        table.open()
        table.lock()
        row = table.row(name)
        table.unlock()
        table.close()
    except KeyError:
        if default is not None:
            return default
        raise IndexError("no row")
    except:
        # whatever
        return None
    return row
'''


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (9, (9, 12, "clause")),
        (12, (9, 12, "clause")),
        (13, (13, 15, "clause")),
        (11, (11, 11, "statement")),
        (6, (6, 6, "statement")),
        (3, None),
    ],
)
def test_an_except_clause_is_a_focus_of_its_own(
    line: int, expected: tuple[int, int, str] | None
) -> None:
    region = region_at("shop.py", text=CLAUSES, line=line)
    focus = focus_of(CLAUSES, region=region, finding=_finding(line))
    assert (focus and (focus.start_line, focus.end_line, focus.kind)) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "except Exception:\n    # whatever\n    return None\n",
        "    except Exception:\n        # whatever\n        return None\n",
        "".join(CLAUSES.splitlines(keepends=True)[2:15]).replace("except:", "except Exception:"),
    ],
)
def test_a_clause_is_rewritten_where_it_stands(answer: str) -> None:
    wanted = CLAUSES.replace("except:", "except Exception:")
    world = World(lambda _: f"Change: it.\n\n```python\n{answer}```\n")
    world.judgement = lambda after: "" if "Exception:" in str(after) else "It is still there."
    world.workspace.files["shop.py"] = CLAUSES
    run = world.run(world.task(_finding(13)))
    assert run.waiting is not None
    assert run.candidates[0].patch.files[0].applied_to(CLAUSES) == wanted
    asked = world.engine.asked[0].messages[1].content
    assert (
        "Rewrite only these lines of it, so that the problem is gone:\n\n```python\nexcept:"
        in asked
    )


def test_the_whole_function_as_an_answer_is_taken_as_such() -> None:
    world, task = _world(CODE.replace("items[0].name", "items[0].title"))
    run = world.run(task)
    assert run.waiting is not None
    assert run.candidates[0].patch.lines_changed == 2


def test_samples_ask_for_the_whole_function_greedily_first() -> None:
    world, task = _world("```python\nname = items[0].nothing\n```\n")
    world.run(task)
    assert len(world.engine.asked) == 3
    whole = [r for r in world.engine.asked if "Rewrite this whole code" in r.messages[1].content]
    assert len(whole) == 2
    assert min(r.temperature for r in whole) == 0.0
    assert max(r.temperature for r in whole) > 0.0
