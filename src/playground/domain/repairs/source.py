"""A Python file with its syntax tree, places in characters, and edits of its text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TypeVar, cast

from playground.domain.changes import split_lines
from playground.domain.findings import Span
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import PARSE_ERRORS, parse

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

LINE_CHARS_MAX = 88
"""Longer results are laid out over several lines, as the usual formatters do."""

_WITHOUT_NODES = frozenset({"ctx", "op", "ops", "id", "attr", "kind", "type_comment"})
"""Fields that hold no nodes but contexts and operators."""

_LEXICAL = re.compile(r"""[#'"\\{}:!]""")
"""What begins or ends a string, a comment or code in an f-string, or lets a line go on."""

_TOUCHING = re.compile(r"""['"\\]""")
_TOUCHED = re.compile(r"""\w*['"\\]""")
"""A string behind an edit, with its prefix, which an edit before it could be one of."""

_INDENT = re.compile(r"[ \t]*")
_Node = TypeVar("_Node", bound=ast.AST)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Put `text` in the place of the characters from `start` up to `end`, counted from 0."""

    start: int
    end: int
    text: str


class Source:
    """One file; whoever asks for something that it does not have gets None."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree
        self._lines = split_lines(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._met: dict[int, ast.AST] = {}

    @staticmethod
    @lru_cache(maxsize=4)
    def of(text: str) -> Source | None:
        """Returns the file, None when it does not parse or has lone carriage returns.

        The last files are kept with what was worked out of them, and given out again.
        """
        tree = None if "\r" in text else parse(text)
        return None if tree is None else Source(text, tree)

    # ── places ───────────────────────────────────────────────────────────────────────────────

    def at(self, line: int, column: int) -> int:
        """Returns the index of a place of the syntax tree: line from 1, column in bytes from 0."""
        if line > len(self._lines):
            return len(self.text)
        own = self._lines[line - 1]
        if not own.isascii():
            column = len(own.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))
        return self._starts[line - 1] + column

    def line_start(self, line: int) -> int:
        """Returns the index of a line's first character; lines count from 1."""
        return self._starts[min(line - 1, len(self._lines))]

    def start(self, node: ast.expr | ast.stmt | ast.arg | ast.excepthandler | ast.keyword) -> int:
        """Returns the index of a node's first character."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.arg | ast.excepthandler | ast.keyword) -> int:
        """Returns the index behind a node's last character."""
        return self.at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def code(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> str:
        """Returns a node's own text."""
        return self.text[self.start(node) : self.end(node)]

    def span(self, span: Span) -> tuple[int, int]:
        """Returns the indexes of a finding's place."""
        return (
            self._starts[min(span.start_line - 1, len(self._lines))] + span.start_column - 1,
            self._starts[min(span.end_line - 1, len(self._lines))] + span.end_column - 1,
        )

    def indent(self, node: ast.stmt) -> str | None:
        """Returns the white space before a statement, None when something else is before it."""
        before = self.text[self.line_start(first_line(node)) : self.start(node)]
        own = self.text[self.line_start(node.lineno) : self.start(node)]
        lead = own if node.lineno == first_line(node) else _INDENT.match(before)
        lead = lead if isinstance(lead, str) or lead is None else lead[0]
        return lead if lead is not None and not lead.strip() else None

    def is_elif(self, node: ast.stmt) -> bool:
        """Whether a statement is an `elif`, whose place in the flow hangs on what is above it."""
        return self.text.startswith("elif", self.start(node))

    # ── nodes ────────────────────────────────────────────────────────────────────────────────

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yields what a node stands in, from the inside out."""
        current = self.parent(node)
        while current is not None:
            yield current
            current = self.parent(current)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Returns what a node directly stands in; contexts and operators, which are shared, do not.

        What was met on the way to a line is known already; else the whole file is gone through.
        """
        known = self._met.get(id(node))
        return known if known is not None else self._parents.get(id(node))

    @cached_property
    def _parents(self) -> dict[int, ast.AST]:
        known: dict[int, ast.AST] = {}
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            inside = children(node)
            known.update((id(child), node) for child in inside)
            waiting += inside
        return known

    def around(self, span: Span, kind: type[_Node] | tuple[type[_Node], ...]) -> _Node | None:
        """Returns the smallest node of a kind that covers a finding's first character."""
        start, _ = self.span(span)
        found: _Node | None = None
        for node in self._at_line(span.start_line):
            if isinstance(node, kind) and self.start(node) <= start < max(
                self.end(node), self.start(node) + 1
            ):
                found = node  # later ones are inside of earlier ones
        return found

    def exactly(self, span: Span, kind: type[_Node] | tuple[type[_Node], ...]) -> _Node | None:
        """Returns the node of a kind that begins and ends where the finding does."""
        wanted = self.span(span)
        for node in self._at_line(span.start_line):
            if isinstance(node, kind) and (self.start(node), self.end(node)) == wanted:
                return node
        return None

    def _at_line(self, line: int) -> Iterator[_Placed]:
        """Yields what covers a line, outer nodes first; statements beside it are not entered."""
        waiting: deque[ast.AST] = deque([self.tree])
        while waiting:
            node = waiting.popleft()
            if isinstance(node, _Placed) and node.lineno <= line <= (node.end_lineno or 0):
                yield node
            for child in children(node):
                self._met[id(child)] = node
                if _may_cover(child, line):
                    waiting.append(child)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """Returns the statement that a node stands in, or the node itself if it is one."""
        if isinstance(node, ast.stmt):
            return node
        return next((n for n in self.above(node) if isinstance(n, ast.stmt)), None)

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Returns the innermost function around a node, unless a class comes first."""
        for outer in self.above(node):
            if isinstance(outer, FUNCTIONS):
                return outer
            if isinstance(outer, ast.ClassDef):
                return None
        return None

    def is_deferred(self, node: ast.AST, like: ast.AST) -> bool:
        """Whether a node stands in a function or generator inside of another node's function."""
        function = self.function(like)
        for outer in self.above(node):
            if outer is function:
                return False
            if isinstance(outer, (*FUNCTIONS, ast.Lambda, ast.GeneratorExp)):
                return True
        return False

    def block(self, node: ast.stmt) -> list[ast.stmt] | None:
        """Returns the list of statements that a statement is one of."""
        parent = self.parent(node)
        for name in ("body", "orelse", "finalbody"):
            value = cast("list[ast.stmt]", getattr(parent, name, None) or [])
            if any(one is node for one in value):
                return value
        return None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every identifier of the file, also in strings, so that a new one collides with none."""
        return frozenset(re.findall(r"[^\W\d]\w*", self.text))

    # ── text ─────────────────────────────────────────────────────────────────────────────────

    def comments(self, start: int, *, end: int) -> list[str]:
        """Returns the comments between two places, in order."""
        return [text for at, text in self._comments if start <= at < end]

    @cached_property
    def _comments(self) -> list[tuple[int, str]]:
        return [
            (self._starts[t.start[0] - 1] + t.start[1], t.string)
            for t in tokens(self.text)
            if t.type == tokenize.COMMENT
        ]

    def moved(self, nodes: list[ast.stmt], *, indent: str, since: int = 0) -> str | None:
        """Indents neighbouring statements anew, with the comments between them.

        Args:
            nodes: the statements.
            indent: the white space before each of them afterwards.
            since: a line before them from which on comments belong to them, 0 for none.

        Returns:
            None when lines of a string would move with them, or something else shares a line.
        """
        old = self.indent(nodes[0])
        if old is None or any(self._runs_over_lines(node) for node in nodes):
            return None
        first, last = first_line(nodes[0]), nodes[-1].end_lineno or nodes[-1].lineno
        above = [line.strip() for line in self._lines[since - 1 : first - 1]] if since else []
        lines = [old + line + "\n" for line in above if line.startswith("#")]
        lines += self._lines[first - 1 : last]
        if self.text[self.end(nodes[-1]) : self.line_start(last + 1)].lstrip(" \t")[:1] == ";":
            return None
        if any(line.strip() and not line.startswith(old) for line in lines):
            return None
        return "".join(indent + line[len(old) :] if line.strip() else line for line in lines)

    def _runs_over_lines(self, node: ast.stmt) -> bool:
        return any(
            isinstance(n, ast.Constant | ast.JoinedStr)
            and n.end_lineno != n.lineno
            and "\n" in self.code(n)
            for n in walked(node)
        )


def children(node: ast.AST) -> list[ast.AST]:
    """Returns the nodes that stand directly in a node, in order, without contexts and operators."""
    found: list[ast.AST] = []
    for name in _fields(type(node)):
        value: object = getattr(node, name, None)
        if isinstance(value, list):
            found += [one for one in cast("list[object]", value) if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walked(node: ast.AST) -> Iterator[ast.AST]:
    """Yields a node and all that stands in it, level by level, as `ast.walk` does but faster.

    Contexts and operators are left out.
    """
    waiting = deque([node])
    while waiting:
        one = waiting.popleft()
        yield one
        waiting += children(one)


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _WITHOUT_NODES)


def _may_cover(node: ast.AST, line: int) -> bool:
    """Whether a line may be one of a node's; expressions are looked into in any case."""
    if isinstance(node, ast.stmt):
        return first_line(node) <= line <= last_line(node)
    if isinstance(node, ast.excepthandler):
        return node.lineno <= line <= (node.end_lineno or node.lineno)
    return True


_Placed = ast.expr | ast.stmt | ast.arg | ast.excepthandler | ast.keyword


def tokens(text: str) -> list[tokenize.TokenInfo]:
    """Returns the tokens of a text, none when it has no end."""
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, *PARSE_ERRORS):
        return []


def edited(text: str, edits: Iterable[Edit]) -> str | None:
    """Returns the text with edits made, None when two of them touch the same characters."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at:
            return None
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def leaves_comments(text: str, edits: Iterable[Edit]) -> bool:
    """Whether it can be seen at once that edits change no comment, so that no token need be read.

    It can where what is taken away and put in neither begins nor ends a string, a comment or a
    line in one, and touches no string: everything else is then read as it was.
    """
    return all(_is_plain(text, edit) for edit in edits)


def _is_plain(text: str, edit: Edit) -> bool:
    before = text[text.rfind("\n", 0, edit.start) + 1 : edit.start]
    old = text[edit.start : edit.end]
    if "#" in before or "\n" in old or _LEXICAL.search(old) or _LEXICAL.search(edit.text):
        return False
    return not _TOUCHING.search(before[-1:]) and not _TOUCHED.match(text, edit.end)


@lru_cache(maxsize=4)
def comments_in(text: str) -> tuple[str, ...]:
    """Returns every comment of a text, sorted."""
    comments = (t.string for t in tokens(text) if t.type == tokenize.COMMENT)
    return tuple(sorted(comments))
