"""Repairs that say something of values which nothing in the file bears out.

An error that is expected, or a question that only numbers answer, may be right and may be a guess.
Where the file does not speak of it, it is taken for a guess. Which words of which rules have to be
borne out, `footprints.toml` says (`known`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name, walked
from playground.analyzers.gate.view import ChangeView, Part
from playground.domain.verdicts import Objection

_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_ASKING_NUMBERS = frozenset({"call isnan", "call .isnan"})
_CONVERTING = frozenset({"int", "float", "complex", "chr", "ord", "bytes", "len", "iter", "next"})
_RAISED_BY: dict[type[ast.AST], frozenset[str]] = {
    ast.Subscript: frozenset({"KeyError", "IndexError", "TypeError"}),
    ast.BinOp: frozenset({"TypeError", "ZeroDivisionError", "OverflowError"}),
    ast.Attribute: frozenset({"AttributeError"}),
    ast.ImportFrom: frozenset({"ImportError", "ModuleNotFoundError"}),
    ast.Import: frozenset({"ImportError", "ModuleNotFoundError"}),
}
_OF_CONVERSIONS = frozenset({"ValueError", "TypeError", "OverflowError", "StopIteration"})
_NUMBERS = frozenset({"float", "int", "complex", "Real", "Number", "floating"})


def not_borne_out(view: ChangeView, words: Collection[str]) -> Iterator[Objection]:
    """Yields what the file would have to say so that some words are no guess, and does not say.

    Args:
        view: the file before and after.
        words: what a change brings.
    """
    expected = {word.removeprefix("expect ") for word in words if word.startswith("expect ")}
    if expected:
        yield from _unseen_errors(view, expected)
    if any(word in _ASKING_NUMBERS for word in words):
        yield from _unknown_numbers(view)
    called = {word.removeprefix("call ") for word in words if word not in _ASKING_NUMBERS}
    yield from _made_up(view, called - expected)


def _made_up(view: ChangeView, called: set[str]) -> Iterator[Objection]:
    """A value is made in a way in which the file made none before."""
    calls = [node for node in view.new_part.nodes if isinstance(node, ast.Call)]
    made = {code_of(call) for call in calls if last_name(call.func) in called}
    strange = made - {code_of(call) for call in view.old.of(ast.Call)} if made else made
    if strange:
        message = f"Nothing in this file speaks of {min(strange)[:60]}; do not make it up."
        yield Objection("dodge:invented", message)


def _unseen_errors(view: ChangeView, expected: set[str]) -> Iterator[Objection]:
    """An error is expected that the file does not name and that its own steps do not raise."""
    unknown = expected - _spoken_of(view) - _raised_by(view.old_part)
    if unknown:
        message = f"Nothing in this file says that {min(unknown)[:60]} is raised here."
        yield Objection("dodge:invented", message)


def _spoken_of(view: ChangeView) -> set[str]:
    """Returns the names that the file before uses, defines or imports."""
    found: set[str] = set()
    for node in view.old.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            found.add(last_name(node))
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


def _raised_by(part: Part) -> set[str]:
    """Returns the errors that steps of the changed statements are known for."""
    found: set[str] = set()
    for node in part.nodes:
        found |= _RAISED_BY.get(type(node), frozenset())
        if isinstance(node, ast.Call) and dotted(node.func) in _CONVERTING:
            found |= _OF_CONVERSIONS
    # The assertion itself is an attribute: `pytest.raises`, `self.assertRaises`.
    asked = [n for n in part.nodes if isinstance(n, ast.Attribute) and n.attr not in _EXPECTING]
    return found if asked else found - {"AttributeError"}


def _unknown_numbers(view: ChangeView) -> Iterator[Objection]:
    """What was compared with itself is asked by a function that raises for all but numbers."""
    asked_before = {code_of(node) for node in view.old_part.nodes if isinstance(node, ast.Call)}
    numbers = _numbers(view)
    for node in view.new_part.nodes:
        if not (isinstance(node, ast.Call) and last_name(node.func) == "isnan" and node.args):
            continue
        value = node.args[0]
        if code_of(node) not in asked_before and not _is_number(value, numbers):
            message = f"math.isnan raises where {code_of(value)[:60]} is no number."
            yield Objection("dodge:invented", message)
            return


def _numbers(view: ChangeView) -> set[str]:
    """Returns the names and attributes that the file before says to be numbers."""
    found: set[str] = set()
    for node in view.old.nodes:
        if isinstance(node, ast.arg) and _says_number(node.annotation):
            found.add(node.arg)
        elif isinstance(node, ast.AnnAssign) and _says_number(node.annotation):
            found.add(last_name(node.target))
        elif isinstance(node, ast.Assign) and _is_number(node.value, found):
            found |= {last_name(target) for target in node.targets}
        elif isinstance(node, ast.Call) and dotted(node.func) == "isinstance" and node.args:
            found |= {last_name(node.args[0])} if _says_number(node.args[-1]) else set()
    return found


def _says_number(annotation: ast.AST | None) -> bool:
    if annotation is None:
        return False
    text = isinstance(annotation, ast.Constant) and str(annotation.value) in _NUMBERS
    return text or any(last_name(node) in _NUMBERS for node in walked(annotation))


def _is_number(value: ast.expr, known: set[str]) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float | complex)
    if isinstance(value, ast.Call):
        return dotted(value.func) in {"float", "int", "complex"}
    return last_name(value) in known
