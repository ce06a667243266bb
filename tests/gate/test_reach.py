"""Importers are looked at again unless a change can say nothing to them."""

from __future__ import annotations

import pytest

from playground.analyzers.gate.reach import reaches_importers
from playground.analyzers.gate.view import ChangeView

BASE = '''"""A module."""

LIMIT = 3


class Shop:
    """Sells."""

    size: int = 1

    def __init__(self, name: str) -> None:
        self.name = name

    def total(self, prices: list[int]) -> int:
        """Adds up."""
        result = 0
        for price in prices:
            result += price
        return result

    def guess(self):
        return 1

    def later(self) -> int:
        raise NotImplementedError


def each(prices: list[int]):
    for price in prices:
        yield price


def told(prices: list[int]) -> object:
    return prices
'''
QUIET = [
    ("result = 0\n", "result = 0  # a comment\n"),
    ("result += price", "result = result + price"),
    ("        for price", "        self.guess()\n        for price"),
    ('"""Adds up."""', '"""Adds all of them up."""'),
    ('"""A module."""', '"""One module."""'),
    ("return prices\n", "return list(prices)\n"),
    ("return prices\n", "def inner():\n        yield 1\n\n    return inner\n"),
    ("LIMIT = 3\n", "LIMIT = (\n    3\n)  # three\n"),
]
LOUD = [
    ("LIMIT = 3", "LIMIT = '3'"),
    ("LIMIT = 3", "LIMIT = 3\nimport os"),
    ("size: int", "size: float"),
    ("self.name = name", "self.name = name or None"),
    ("result = 0\n", "result = self.sum = 0\n"),
    ("result = 0\n", "global LIMIT\n        LIMIT = result = 0\n"),
    ("prices: list[int]) -> int", "prices: list[str]) -> int"),
    ("prices: list[int]) -> int", "prices: list[int]) -> float"),
    ("prices: list[int]) -> int", "prices: list[int])"),
    ("    def total", "    @property\n    def total"),
    ("    def total", "    async def total"),
    ("def total", "def sum_up"),
    ("return 1", "return '1'"),
    ("raise NotImplementedError", "return 1"),
    ("yield price", "yield str(price)"),
    ("return prices\n", "yield prices\n"),
    ("return prices\n", "return prices  # type: str\n"),
    ("class Shop:", "class Shop(dict):"),
    ("    def guess(self):\n        return 1\n", ""),
    ("return prices\n", "return prices)\n"),
]


@pytest.mark.parametrize(("old", "new"), QUIET)
def test_what_others_cannot_see_reaches_nobody(old: str, new: str) -> None:
    assert not reaches_importers(_view(old, new))


@pytest.mark.parametrize(("old", "new"), LOUD)
def test_what_others_can_see_reaches_them(old: str, new: str) -> None:
    assert reaches_importers(_view(old, new))


def test_new_files_reach_everybody() -> None:
    assert reaches_importers(ChangeView("a.py", None, BASE))


def _view(old: str, new: str) -> ChangeView:
    assert old in BASE
    return ChangeView("a.py", BASE, BASE.replace(old, new, 1))
