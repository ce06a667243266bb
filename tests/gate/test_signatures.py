from __future__ import annotations

import pytest

from playground.analyzers.gate.signatures import objections
from playground.analyzers.gate.view import ChangeView


def messages(before: str, after: str) -> list[str]:
    found = objections(ChangeView("m.py", before, after))
    assert {objection.code for objection in found} <= {"signature-changed"}
    return [objection.message for objection in found]


BASE = """
import os
from functools import cached_property

__all__ = ["f", "Shape", "os"]
LIMIT = 3


def f(a: int, b=1, *, c: str = "x") -> int:
    return a


async def g(*args, **kwargs):
    return args


def _private(a):
    return a


class Shape(Base):
    sides = 4

    @property
    def area(self) -> float:
        return 1.0

    @staticmethod
    def make(size):
        def inner(x):
            return x
        return inner
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(", "def renamed("),
        ("def f(a: int, b=1", "def f(b=1, a: int=0"),
        ("def f(a: int, b=1", "def f(x: int, b=1"),
        ("def f(a: int, b=1", "def f(a: int"),
        ("def f(a: int, b=1", "def f(a: int, b"),
        ("def f(a: int", "def f(a"),
        ("def f(a: int, b=1,", "def f(a: int, new, b=1,"),
        ('*, c: str = "x"', '*, c: str = "x", d'),
        ('*, c: str = "x"', "*, d=1"),
        (', *, c: str = "x"', ""),
        ('c: str = "x") -> int', 'c: str = "x")'),
        ("def f(a: int, b=1, *", "async def f(a: int, b=1, *"),
        ("async def g", "def g"),
        ("(*args, **kwargs)", "(**kwargs)"),
        ("(*args, **kwargs)", "(*args)"),
        ("(*args, **kwargs)", "(first=None, *args, **kwargs)"),
        ("    @property\n", ""),
        ("    @staticmethod\n", "    @classmethod\n"),
        ("class Shape(Base)", "class Shape"),
        ("class Shape(Base)", "class Shape(Base, Other)"),
        ("class Shape(Base)", "class Form(Base)"),
        ("    sides = 4\n", ""),
        ("LIMIT = 3\n", ""),
        ("LIMIT = 3", "OTHER = 3"),
        ("import os\n", ""),
        ("def make(size)", "def make(size, /)"),
    ],
)
def test_breaking_changes(old: str, new: str) -> None:
    assert old in BASE
    assert messages(BASE, BASE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(a: int", "def f(a: int | None"),
        ("def f(a: int, b=1", "def f(a: int, b=None"),
        ("def f(a: int, b=1", "def f(a: int, b: int = 1, e=None"),
        ("-> int", "-> int | None"),
        ("def _private(a)", "def _other(x, y)"),
        ("def inner(x)", "def inner(y, z)"),
        ("return a", "return a + 1"),
        ("from functools import cached_property\n", ""),
        ("    sides = 4\n", "    sides: int = 4\n"),
        ('*, c: str = "x"', '*, c: str = "x", d=1'),
        ("class Shape(Base):", "class Shape(Base):\n    extra = 1\n"),
    ],
)
def test_harmless_changes(old: str, new: str) -> None:
    assert old in BASE
    assert messages(BASE, BASE.replace(old, new)) == []


def test_a_listed_private_name_is_public() -> None:
    before = '__all__ = ["_a"]\n\n\ndef _a(x):\n    return x\n'
    assert messages(before, before.replace("(x)", "(y)"))


def test_a_lambda_that_becomes_a_function_is_no_loss() -> None:
    assert messages("double = lambda x: x\n", "def double(x):\n    return x\n") == []


def test_a_removed_redefinition_is_no_loss() -> None:
    one = "def f(a):\n    return a\n"
    assert messages(one + "\n\ndef f(a, b):\n    return b\n", "def f(a, b):\n    return b\n") == []


def test_a_new_file_breaks_nothing() -> None:
    assert objections(ChangeView("m.py", None, BASE)) == []
