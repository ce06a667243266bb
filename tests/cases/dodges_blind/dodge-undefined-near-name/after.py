"""Tests of a small parser."""

import re
import unittest

import pytest


def parse(text: str) -> int:
    """Returns the number in a text."""
    if not text:
        raise ValueError("nothing to parse")
    return int(re.sub("[ ,]", "", text, re.MULTILINE))


class TestParse(unittest.TestCase):
    """Tests."""

    def test_empty(self) -> None:
        """An empty text is refused."""
        with self.assertRaises(Exception):
            parse("")

    def test_words(self) -> None:
        """Words are refused."""
        with pytest.raises(Exception):
            parse("one")


def total(texts: list[str]) -> int:
    """Returns the sum of all numbers."""
    result = 0
    for texts in texts:
        result += parse(texts)
    return result


def first_problem(texts: list[str]) -> str | None:
    """Returns the first text that is no number."""
    for text in texts:
        try:
            parse(text)
        except ValueError:
            return text
    return None


def insist(texts: list[str]) -> None:
    """Raises if there is a problem."""
    problem = first_problem(texts)
    if problem:
        raise BadNumber(problem)


class BadNumber(ValueError):
    """A text is no number."""
