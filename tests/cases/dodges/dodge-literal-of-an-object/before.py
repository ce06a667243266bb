"""Tests."""

import ast

from lib import And, M


def test_repr() -> None:
    """It can be read again."""
    assert ast
    assert repr(eval(repr(And(M == 1, float)))) == "(M == 1) & float"
