"""Long docstrings stay out of a question whose answer would have no room for them.

A rewrite repeats the whole code, and a docstring with examples may be most of it. The model sees
its first line alone; where it repeats that, the whole docstring is put back.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from playground.domain.changes import split_lines
from playground.domain.syntax import parse

_LINES_MIN = 4
_QUOTES = ('"""', "'''")
_Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Shortened:
    """Code without what can be put back.

    Attributes:
        code: its docstrings end with their first line.
        line: where the line that matters stands now.
        put_back: what stood there, by what stands there now.
    """

    code: str
    line: int
    put_back: Mapping[str, str]


def shortened(code: str, *, line: int) -> Shortened:
    """Returns code with shorter docstrings; what could not be told apart later stays as it is.

    Args:
        code: whole lines that end in LF.
        line: one of them, from 0, which is kept.
    """
    tree = parse(textwrap.dedent(code))
    nodes = [n.body[0] for n in ast.walk(tree) if isinstance(n, _Documented)] if tree else []
    lines, put_back = split_lines(code), dict[str, str]()
    for node in sorted(filter(_is_long, nodes), key=lambda n: n.lineno, reverse=True):
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        old = "".join(lines[first:last]).strip()
        new = _first_line(old)
        if not new or new in code or new in put_back or first <= line < last:
            continue
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        lines[first:last] = [f"{indent}{new}\n"]
        put_back[new] = old
        line -= last - first - 1 if line >= last else 0
    return Shortened("".join(lines), line, put_back)


def restored(answer: str, put_back: Mapping[str, str]) -> str:
    """Returns an answer with the whole docstrings in the places of their first lines."""
    for new, old in put_back.items():
        answer = answer.replace(new, old)
    return answer


def _is_long(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return (node.end_lineno or node.lineno) - node.lineno + 1 >= _LINES_MIN
        case _:
            return False


def _first_line(literal: str) -> str:
    """Returns a literal with the first of its lines that has words, "" where it has another form.

    One with a prefix, a backslash or more code behind it is of another form.
    """
    quote, inner = literal[:3], literal[3:-3]
    if quote not in _QUOTES or not literal.endswith(quote) or quote in inner or "\\" in inner:
        return ""
    words = next((line.strip() for line in inner.splitlines() if line.strip()), "")
    return f"{quote}{words}{quote}" if words and not words.endswith(quote[0]) else ""
