"""Keeping a person's own words: a rewrite changes only the statements that mean something else.

Models re-indent docstrings, swap quotes, drop comments and explain themselves in new ones. What
means the same as before is put back as it was written, and comments that were not there go.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from playground.domain.changes import split_lines
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import parse

_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class _Graft:
    """Lines `start` to `end` (from 0, end exclusive) of the rewrite become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Texts:
    old: list[str]
    new: list[str]


def grafted(old: str, *, new: str) -> str:
    """Returns `new` with every statement that means the same in `old` as `old` writes it.

    Both are the same region with the same indentation; what does not parse is left as it is.
    """
    before, after = parse(textwrap.dedent(old)), parse(textwrap.dedent(new))
    if before is None or after is None:
        return new
    texts = _Texts(split_lines(old), split_lines(new))
    grafts = list(_matched(before.body, after.body, texts))
    lines = texts.new
    for graft in sorted(grafts, key=lambda g: g.start, reverse=True):
        lines[graft.start : graft.end] = graft.lines
    result = _without_new_comments("".join(lines), known=_comments(old))
    # A graft that would change the meaning is a mistake of ours, and the rewrite stands as it is.
    return result if _means(result) == _means(new) else new


def _means(code: str) -> str:
    tree = parse(textwrap.dedent(code))
    if tree is None:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            _clean_docstring(node.body)
    return ast.dump(tree)


def _clean_docstring(body: list[ast.stmt]) -> None:
    match body[0] if body else None:
        case ast.Expr(value=ast.Constant(value=str(text)) as constant):
            constant.value = inspect.cleandoc(text)
        case _:
            pass


def _key(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return f"text {inspect.cleandoc(text)}"
        case _:
            return ast.dump(node)


def _matched(old: list[ast.stmt], new: list[ast.stmt], texts: _Texts) -> Iterator[_Graft]:
    """Yields grafts for statements of two blocks, going into those that differ inside."""
    matcher = difflib.SequenceMatcher(
        a=[_key(n) for n in old], b=[_key(n) for n in new], autojunk=False
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield from _same(old, new, texts, at=(i, j))
        elif tag == "replace" and i2 - i1 == j2 - j1:
            for before, after in zip(old[i1:i2], new[j1:j2], strict=True):
                yield from _inside(before, after, texts)


def _same(
    old: list[ast.stmt], new: list[ast.stmt], texts: _Texts, *, at: tuple[int, int]
) -> Iterator[_Graft]:
    i, j = at
    if not (_alone(old, i) and _alone(new, j)):
        return
    start_old, start_new = first_line(old[i]) - 1, first_line(new[j]) - 1
    # Comments and blank lines above belong to the statement.
    if i and j:
        start_old, start_new = last_line(old[i - 1]), last_line(new[j - 1])
    else:
        start_old = _above(texts.old, start_old)
        start_new = _above(texts.new, start_new)
    lines = tuple(texts.old[start_old : last_line(old[i])])
    if lines and not lines[-1].endswith("\n"):
        lines = (*lines[:-1], lines[-1] + "\n")
    yield _Graft(start_new, last_line(new[j]), lines)


def _above(lines: list[str], start: int) -> int:
    """Returns where the full-line comments directly above a line begin."""
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _alone(block: list[ast.stmt], index: int) -> bool:
    """Whether no other statement of the block shares a line with this one."""
    node = block[index]
    before = index == 0 or last_line(block[index - 1]) < first_line(node)
    after = index + 1 == len(block) or last_line(node) < first_line(block[index + 1])
    return before and after


def _inside(old: ast.stmt, new: ast.stmt, texts: _Texts) -> Iterator[_Graft]:
    if type(old) is not type(new) or old.lineno == last_line(old) or new.lineno == last_line(new):
        return
    for name in _BLOCKS:
        yield from _matched(getattr(old, name, []), getattr(new, name, []), texts)
    handlers = getattr(old, "handlers", []), getattr(new, "handlers", [])
    if len(handlers[0]) == len(handlers[1]):
        for before, after in zip(*handlers, strict=True):
            yield from _matched(before.body, after.body, texts)


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(code).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _comments(code: str) -> frozenset[str]:
    return frozenset(t.string for t in _tokens(code) if t.type == tokenize.COMMENT)


def _without_new_comments(code: str, *, known: frozenset[str]) -> str:
    lines = split_lines(code)
    for token in reversed(list(_tokens(code))):
        if token.type != tokenize.COMMENT or token.string in known:
            continue
        row, column = token.start
        kept = lines[row - 1][:column].rstrip()
        lines[row - 1] = f"{kept}\n" if kept else ""
    return "".join(lines)
