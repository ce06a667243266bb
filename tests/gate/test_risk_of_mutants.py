"""What is claimed about real functions holds, whatever was done to them."""

from __future__ import annotations

import ast
import random
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from code_mutants import MUTATIONS, Mutation, mutants, with_function
from edit_trials import sources

from playground.analyzers.gate.risk import assessment_of
from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import Aspect, RiskTier

PACKAGES = ("requests", "click", "jinja2", "packaging")
NAMES = [mutation.__name__ for mutation in MUTATIONS]


@cache
def files(lines_max: int) -> dict[str, str]:
    folder = Path(sysconfig.get_paths()["purelib"])
    return sources(folder, packages=PACKAGES, lines_max=lines_max)


def dumps(tree: ast.Module, kind: type[ast.AST], part: Callable[[ast.AST], object]) -> Counter[str]:
    found = [part(node) for node in ast.walk(tree) if isinstance(node, kind)]
    return Counter(ast.dump(p) if isinstance(p, ast.AST) else repr(p) for p in found)


def literals(tree: ast.Module) -> Counter[str]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return Counter(repr(n.value) for n in constants if id(n) not in docstrings)


def conditions(tree: ast.Module) -> Counter[str]:
    tests = dumps(tree, ast.If, lambda n: getattr(n, "test", None))
    for kind in (ast.While, ast.IfExp, ast.Assert):
        tests += dumps(tree, kind, lambda n: getattr(n, "test", None))
    return tests


TRUTH: dict[Aspect, Callable[[ast.Module], Counter[str]]] = {
    Aspect.RAISED: lambda t: dumps(
        t, ast.Raise, lambda n: getattr(getattr(n, "exc", None), "func", getattr(n, "exc", None))
    ),
    Aspect.CAUGHT: lambda t: dumps(t, ast.ExceptHandler, lambda n: getattr(n, "type", None)),
    Aspect.CHECKS: conditions,
    Aspect.RETURNS: lambda t: dumps(t, ast.Return, lambda n: getattr(n, "value", None)),
    Aspect.LITERALS: literals,
    Aspect.WAITS: lambda t: dumps(t, ast.Yield, lambda n: n) + dumps(t, ast.Await, lambda n: n),
    Aspect.DECORATORS: lambda t: Counter(
        ast.dump(decorator)
        for node in ast.walk(t)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ),
}


def trials(mutation: Mutation, *, count: int, lines_max: int) -> Iterator[tuple[str, str, Aspect]]:
    rng = random.Random(mutation.__name__)
    for text in files(lines_max).values():
        for after, aspect in mutants(text, rng, mutation=mutation, count=count):
            yield text, after, aspect


def assert_honest(before: str, after: str, aspect: Aspect) -> None:
    trees = ast.parse(before), ast.parse(after)
    assessment = assessment_of([ChangeView("m.py", before, after)])
    if ast.dump(trees[0]) == ast.dump(trees[1]):
        assert assessment.tier is RiskTier.A
        return
    assert assessment.tier > RiskTier.A
    if not assessment.facts:
        assert assessment.tier is RiskTier.D
        return
    facts = {fact.aspect: fact for fact in assessment.facts}
    shown = facts[aspect]
    if aspect is Aspect.CALLS and shown.is_same:
        shown = facts[Aspect.IO]
    assert not shown.is_same, (aspect, assessment.evidence)
    said = next((e for e in assessment.evidence if e.startswith("Unchanged: ")), "")
    for known, truth in TRUTH.items():
        if truth(trees[0]) != truth(trees[1]):
            assert not facts[known].is_same, known
            assert known.value not in said.removeprefix("Unchanged: ").rstrip(".").split(", ")


@pytest.mark.parametrize("name", NAMES)
def test_a_few_changes_of_each_kind(name: str) -> None:
    mutation = MUTATIONS[NAMES.index(name)]
    done = 0
    for before, after, aspect in trials(mutation, count=3, lines_max=350):
        assert_honest(before, after, aspect)
        done += 1
        if done == 6:
            break
    assert done


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_many_changes(name: str) -> None:
    for before, after, aspect in trials(MUTATIONS[NAMES.index(name)], count=6, lines_max=1_200):
        assert_honest(before, after, aspect)


def test_functions_written_anew_are_the_same() -> None:
    rng = random.Random(3)
    for text in rng.sample(sorted(files(350).values()), 6):
        functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
        for function in functions[:3]:
            after = with_function(text, function, function)
            same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(after))
            assert same
            tier = assessment_of([ChangeView("m.py", text, after)]).tier
            assert tier is RiskTier.A
