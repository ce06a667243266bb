from __future__ import annotations

import ast
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_cases import Family, at, families, lessons

from playground.domain.findings import Span
from playground.domain.recipes import Kind, Recipe, Unit, UnusableRecipe, compiled
from playground.domain.recipes.edits import Lesson, edit_levels
from playground.domain.recipes.forms import form_of
from playground.domain.recipes.learning import Threshold, recipes_from, reproduces
from playground.domain.recipes.rewriting import rewritten_by
from playground.domain.recipes.texts import comments_of

FAMILIES = families()


def learned(family: Family) -> Recipe:
    (recipe,) = recipes_from(lessons(family))
    return recipe


TIMEOUT = learned(FAMILIES["timeout"])


@pytest.mark.parametrize("name", FAMILIES)
def test_a_recipe_gives_back_every_pair_that_it_was_learned_from(name: str) -> None:
    recipe = learned(FAMILIES[name])
    assert recipe.episodes == tuple(lesson.id for lesson in lessons(FAMILIES[name]))
    for lesson in lessons(FAMILIES[name]):
        innermost = edit_levels(lesson)[-1]
        assert reproduces(recipe, lesson, line=innermost.line)


@pytest.mark.parametrize("name", FAMILIES)
def test_it_changes_what_it_fits_and_no_byte_beside_it(name: str) -> None:
    recipe = learned(FAMILIES[name])
    for fit in FAMILIES[name]["fits"]:
        assert rewritten_by(recipe, fit["before"], span=at(fit["at"])) == fit["after"]


@pytest.mark.parametrize("name", FAMILIES)
def test_it_leaves_what_it_does_not_fit(name: str) -> None:
    recipe = learned(FAMILIES[name])
    for left in FAMILIES[name]["leaves"]:
        assert rewritten_by(recipe, left["code"], span=at(left["at"])) is None, left


@pytest.mark.parametrize("name", FAMILIES)
def test_wherever_a_recipe_fits_by_chance_its_result_is_code(name: str) -> None:
    recipe = learned(FAMILIES[name])
    for other, family in FAMILIES.items():
        for pair in family["pairs"] if other != name else []:
            for line in range(1, pair["before"].count("\n") + 1):
                code = Lesson.whole(pair["before"])
                span = Span(line, 1, line, 200)
                result = rewritten_by(recipe, code, span=span)
                assert result is None or form_of(ast.parse(result)) != form_of(ast.parse(code))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_order_of_the_lessons_does_not_matter(name: str) -> None:
    given_order = lessons(FAMILIES[name])
    other = given_order[:]
    random.Random(4).shuffle(other)
    assert recipes_from(other) == recipes_from(given_order)


def test_too_few_lessons_or_too_few_files_teach_nothing() -> None:
    three = lessons(FAMILIES["bare_except"])
    assert not recipes_from(three[:2])
    assert recipes_from(three[:2], threshold=Threshold(pairs_min=2))
    assert not recipes_from([replace(one, path="same.py") for one in three])
    assert not recipes_from([three[0]] * 9)


def test_what_follows_from_nothing_before_is_no_recipe() -> None:
    names = ["OSError", "KeyError", "ValueError"]
    odd = [
        replace(one, after=one.after.replace("Exception", name))
        for one, name in zip(lessons(FAMILIES["bare_except"]), names, strict=True)
    ]
    assert not recipes_from(odd)


def test_a_minority_that_was_repaired_differently_does_not_spoil_the_rest() -> None:
    good = lessons(FAMILIES["bare_except"])
    odd = replace(good[0], id="odd", after=good[0].after.replace("Exception", "OSError"))
    (recipe,) = recipes_from([*good, odd])
    assert set(recipe.episodes) == {one.id for one in good}


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "x1", "self.value", "items[0]"])
VALUES = st.recursive(
    NAMES | st.sampled_from(["1", "'text'", "None", "(yield)", "lambda q: q", "a if b else c"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"call({p[0]}, key={p[1]})"),
        inner.map(lambda v: f"[{v}, *rest]"),
    ),
    max_leaves=4,
)
EDITS = st.sampled_from(
    [
        ("{0} == None", "{0} is None"),
        ("old({0}, {1})", "new({1}, first={0})"),
        ("len({0}) == 0", "not {0}"),
        ("{0}.get({1}, None)", "{0}.get({1})"),
        ("dict({0})", "{{**{0}}}"),
    ]
)
FRAMES = st.sampled_from(
    [
        "def f():\n    # kept\n    return {}\n",
        "class A:\n    def m(self):\n        if {}:  # kept\n            pass\n",
        "x = [\n    1,\n    {},\n]  # kept\n",
        "try:\n\tpass\nexcept E:\n\tprint({})  # kept\n",
    ]
)


@settings(max_examples=25, deadline=None)
@given(EDITS, st.lists(st.tuples(FRAMES, VALUES, VALUES), min_size=4, max_size=6))
def test_learned_from_any_pairs_it_repeats_them_and_is_sound_elsewhere(
    edit: tuple[str, str], places: list[tuple[str, str, str]]
) -> None:
    before, after = edit
    made = [
        (frame.format(before.format(a, b)), frame.format(after.format(a, b)))
        for frame, a, b in places
    ]
    pairs = [
        Lesson(f"r{n}", "/r", f"f{n}.py", "ruff", "X", old, new)
        for n, (old, new) in enumerate(made)
    ]
    for recipe in recipes_from(pairs[:-1]):
        for lesson in pairs:
            for number, line in enumerate(lesson.before.split("\n"), start=1):
                span = Span(number, 1, number, len(line) + 1)
                result = rewritten_by(recipe, lesson.before, span=span)
                assert result == rewritten_by(recipe, lesson.before, span=span)
                if result is not None:
                    ast.parse(result)
                    assert comments_of(result) == comments_of(lesson.before)
                    assert result != lesson.before
            if lesson.id in recipe.episodes:
                assert reproduces(recipe, lesson, line=edit_levels(lesson)[-1].line)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="abx=()[]:.,'\"\\\n\t #\r\fé\u202e\0", max_size=60), st.integers(1, 5))
def test_no_text_whatever_breaks_the_rewriter(text: str, line: int) -> None:
    result = rewritten_by(TIMEOUT, text, span=Span(line, 1, line, 80))
    assert result is None or result != text


@pytest.mark.parametrize(
    "bomb", ["(" * 3_000, "-" * 20_000 + "1", "x" + ".a" * 20_000, "[" * 90 + "]" * 90]
)
def test_bombs_are_left_alone(bomb: str) -> None:
    recipe = learned(FAMILIES["timeout"])
    code = f"requests.get({bomb})\n"
    rewritten_by(recipe, code, span=at([1, 1]))
    pairs = [replace(one, before=code) for one in lessons(FAMILIES["timeout"])]
    assert not recipes_from(pairs)


def test_a_pattern_that_backtracks_for_ever_is_given_up() -> None:
    names = [f"s{n}" for n in range(8)]
    before = "".join(f"{name}\nmark()\n" for name in names)
    recipe = Recipe(
        "many", 1, "ruff", "X", Unit.STATEMENTS, f"begin()\n{before}end()\n", f"end()\n{before}",
        tuple((name, Kind.STATEMENTS) for name in names),
    )  # fmt: skip
    code = "begin()\n" + "mark()\n" * 300 + "other()\n"
    assert rewritten_by(recipe, code, span=at([1, 1])) is None


BAD: dict[str, tuple[str, str, dict[str, Kind], Unit]] = {
    "a variable alone": ("x_1\n", "f(x_1)\n", {"x_1": Kind.EXPRESSION}, Unit.EXPRESSION),
    "nothing but variables": ("x_1[x_2]\n", "x_1\n", {"x_1": Kind.STATEMENTS}, Unit.EXPRESSION),
    "unbound": ("f(x_1)\n", "f(x_2)\n", {"x_1": Kind.NAME, "x_2": Kind.NAME}, Unit.EXPRESSION),
    "unused": ("f(x_1)\n", "g(x_1)\n", {"x_1": Kind.NAME, "x_9": Kind.NAME}, Unit.EXPRESSION),
    "no code": ("f(\n", "g()\n", {}, Unit.EXPRESSION),
    "the same": ("f(1)\n", "f( 1 )\n", {}, Unit.EXPRESSION),
    "another unit": ("x = 1\n", "x = 2\n", {}, Unit.EXPRESSION),
    "two handlers": ("except A:\n  f()\nexcept B:\n  g()\n", "except:\n  f()\n", {}, Unit.HANDLER),
    "endless": ("f(1)\n" * 3_000, "g()\n", {}, Unit.STATEMENTS),
    "deep": ("f(" * 60 + ")" * 60, "g()\n", {}, Unit.EXPRESSION),
    "open": ("s_1\nf()\n", "f()\ns_1\n", {"s_1": Kind.STATEMENTS}, Unit.STATEMENTS),
    "no identifier": ("f(a)\n", "g(a)\n", {"a b": Kind.NAME}, Unit.EXPRESSION),
}


@pytest.mark.parametrize("name", BAD)
def test_a_recipe_that_breaks_a_rule_of_its_form_is_unusable(name: str) -> None:
    before, after, kinds, unit = BAD[name]
    recipe = Recipe("bad", 1, "ruff", "X", unit, before, after, tuple(sorted(kinds.items())))
    with pytest.raises(UnusableRecipe):
        compiled(recipe)
    assert rewritten_by(recipe, "f(1)\n", span=at([1, 1])) is None
