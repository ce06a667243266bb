"""Syntax trees of Python text, from CPython's own parser, one at a time."""

from __future__ import annotations

import ast
import threading
from functools import lru_cache

PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)
"""Everything that `parsed` raises on untrusted text; bombs give the last two."""

_TRIES = 3
_PARSING = threading.Lock()
"""CPython before 3.13 counts the depth of a tree in the making in one place for all threads. When
one thread takes over while another builds a tree, the second one gets a SystemError ("AST
constructor recursion depth mismatch", python/cpython#106905)."""


def parsed(text: str) -> ast.Module:
    """Returns a syntax tree of its own for the text; the caller may change it.

    Safe in threads, unlike `ast.parse`.

    Raises:
        SyntaxError: CPython cannot parse the text.
        ValueError: the text holds what no source may hold.
        RecursionError: the text is nested too deeply.
        MemoryError: the text is nested too deeply.
    """
    with _PARSING:
        for _ in range(_TRIES - 1):
            try:
                return ast.parse(text)
            except SystemError:
                continue  # a library parsed something in another thread
        return ast.parse(text)


@lru_cache(maxsize=8)
def parse(text: str) -> ast.Module | None:
    """Returns the syntax tree, or None when CPython cannot parse the text.

    The trees of the last texts are kept and given out again, so nobody may change one.
    """
    try:
        return parsed(text)
    except PARSE_ERRORS:
        return None
