"""Syntax trees: made in threads, of one's own, and of text that breaks parsers."""

from __future__ import annotations

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from playground.domain.syntax import PARSE_ERRORS, parse, parsed

DEEP = "def f(x):\n" + "".join(
    f"    y = [{{k: (v, [k + {n}]) for k, v in x.items()}} for _ in range({n})]\n"
    for n in range(99)
)


class Switching:
    """Lets another thread go on when it is collected, which may be while a tree is built."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0)


def made_in_threads(count: int) -> int:
    """Parses in four threads that take turns as often as they can; returns how many trees came."""

    def trees(_: int) -> int:
        made = 0
        for _ in range(count):
            Switching()
            made += len(parsed(DEEP).body)
        return made

    switched_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    try:
        sys.setswitchinterval(1e-6)
        gc.set_threshold(50)
        with ThreadPoolExecutor(4) as threads:
            return sum(threads.map(trees, range(4)))
    finally:
        sys.setswitchinterval(switched_s)
        gc.set_threshold(*thresholds)


@pytest.mark.slow
def test_threads_get_their_trees() -> None:
    assert made_in_threads(150) == 600


def test_a_parsed_tree_is_the_callers_own_and_a_kept_one_is_shared() -> None:
    assert parsed("x = 1") is not parsed("x = 1")
    assert parse("x = 1") is parse("x = 1")


@pytest.mark.parametrize("text", ["def", "x = '\0'", "(" * 5_000, "-" * 200_000 + "1"])
def test_what_cannot_be_parsed_is_no_tree(text: str) -> None:
    assert parse(text) is None
    with pytest.raises(PARSE_ERRORS):
        parsed(text)
