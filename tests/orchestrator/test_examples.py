"""Examples: what an edit changed, as short as it can be shown."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from test_recall import TAUGHT
from worlds import World

from playground.domain.edit_shapes import edit_shape
from playground.domain.examples import CONTEXT_LINES, EXAMPLE_CHARS_MAX, example_of
from playground.testing.memory import FakeMemory

LONG = "".join(f"        step_{n} = work(step_{n - 1})\n" for n in range(1, 60))
BEFORE = f"    def run(self):\n{LONG}        found = prices[0]\n{LONG}        return found\n"
AFTER = BEFORE.replace("prices[0]", "prices[0] if prices else None")
LINES = st.lists(st.sampled_from(["a\n", "    b\n", "\n", "        c\n", "x" * 90 + "\n"]))


def test_a_short_region_is_shown_whole() -> None:
    assert example_of(TAUGHT.before, TAUGHT.after) == (TAUGHT.before, TAUGHT.after)


def test_of_a_long_one_the_changed_lines_are_shown_with_a_few_around_them() -> None:
    before, after = example_of(BEFORE, AFTER)
    assert before == (
        "step_57 = work(step_56)\nstep_58 = work(step_57)\nstep_59 = work(step_58)\n"
        "found = prices[0]\n"
        "step_1 = work(step_0)\nstep_2 = work(step_1)\nstep_3 = work(step_2)\n"
    )
    assert after == before.replace("prices[0]", "prices[0] if prices else None")


@given(head=LINES, one=LINES, other=LINES, tail=LINES)
def test_an_example_holds_the_same_edit(
    head: list[str], one: list[str], other: list[str], tail: list[str]
) -> None:
    before, after = "".join([*head, *one, *tail]), "".join([*head, *other, *tail])
    old, new = example_of(before, after)
    assert len(old) <= len(before)
    assert len(new) <= len(after)
    assert (old == new) == (before == after)
    # Spaces apart, what is shown stands in the code in one piece.
    assert "".join(old.split()) in "".join(before.split())
    assert "".join(new.split()) in "".join(after.split())
    assert len(old.splitlines()) <= max(
        len(one) + 2 * CONTEXT_LINES, len(before.splitlines()) * (len(before) + len(after) <= 600)
    )


def _asked(before: str, after: str) -> str:
    world = World()
    assert isinstance(world.memory, FakeMemory)
    long = replace(TAUGHT, before=before, after=after, shape=edit_shape(before, after))
    world.memory.remember(long)
    world.run()
    return world.engine.asked[0].messages[1].content


def test_a_repair_in_a_long_function_teaches_too() -> None:
    prompt = _asked(BEFORE, AFTER)
    assert "\nfound = prices[0]\n" in prompt
    assert "\nfound = prices[0] if prices else None\n" in prompt
    assert "step_30" not in prompt


def test_a_repair_that_changed_much_is_not_shown() -> None:
    prompt = _asked(BEFORE, BEFORE.replace("work", "labour"))
    assert "a person approved" not in prompt
    assert sum(map(len, example_of(BEFORE, BEFORE.replace("work", "labour")))) > EXAMPLE_CHARS_MAX
