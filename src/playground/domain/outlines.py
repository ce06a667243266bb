"""Which symbol and which statement every line of a Python file belongs to."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from playground.domain.changes import split_lines
from playground.domain.lexing import Language, forms_of, language_of
from playground.domain.regions import first_line
from playground.domain.syntax import parse

_DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_PARTS = ("body", "orelse", "finalbody", "handlers", "cases")
_Placed = ast.stmt | ast.ExceptHandler
_KEPT_CHARS_MAX = 1_000


@dataclass(frozen=True)
class Outline:
    """A file, line by line; lines count from 1 and those beyond the end belong to nothing.

    Attributes:
        lines: the lines with their ends.
        language: how they are read.
        symbols: qualified name of the function or class around each line, "" for none.
        statements: the innermost statement of each line, None where it is unknown.
    """

    lines: list[str]
    language: Language
    symbols: list[str]
    statements: list[_Placed | None]

    def symbol_at(self, line: int) -> str:
        """Returns the qualified name of the innermost function or class around a line, or ""."""
        return self.symbols[line - 1] if 1 <= line <= len(self.symbols) else ""

    def line_at(self, line: int) -> str:
        """Returns a line without its end."""
        return self.lines[line - 1].rstrip("\r\n") if 1 <= line <= len(self.lines) else ""

    def statement_at(self, line: int) -> str:
        """Returns a digest of the statement around a line, "" where there is no code.

        It is equal however the statement is laid out: 12 hexadecimal digits. Of a statement that
        holds others only the head counts.
        """
        node = self.statements[line - 1] if 1 <= line <= len(self.statements) else None
        if node is None or node.lineno > line or line > self._head_ends(node):
            return self._digest(self.line_at(line))
        return self._of_statement(node)

    def _digest(self, text: str) -> str:
        # The same lines are asked about before and after each change.
        if len(text) <= _KEPT_CHARS_MAX:
            return _kept_digest(text, self.language)
        # One long line may have thousands of findings.
        if text not in self._digests:
            self._digests[text] = _digested(text, self.language)
        return self._digests[text]

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    @cached_property
    def _heads(self) -> dict[int, str]:
        return {}

    def _of_statement(self, node: _Placed) -> str:
        known = self._heads.get(id(node))
        if known is None:
            known = self._heads[id(node)] = self._digest(self._head(node))
        return known

    @staticmethod
    def _head_ends(node: _Placed) -> int:
        """Returns the last line of a statement before its body."""
        body: list[ast.stmt] = getattr(node, "body", [])
        if not body:
            return last_line_of(node)
        return max(node.lineno, first_line(body[0]) - 1)

    def _head(self, node: _Placed) -> str:
        """Returns the text of a statement up to its body."""
        end_line, end_column = self._head_ends(node), node.end_col_offset
        body: list[ast.stmt] = getattr(node, "body", [])
        if body:
            end_column = body[0].col_offset if first_line(body[0]) == node.lineno else None
        parts = [part.encode("utf-8", "surrogatepass") for part in self._between(node, end_line)]
        parts[-1] = parts[-1][:end_column]
        parts[0] = parts[0][node.col_offset :]
        return b"".join(parts).decode("utf-8", "replace")

    def _between(self, node: _Placed, end_line: int) -> list[str]:
        return self.lines[node.lineno - 1 : end_line] or [""]


def _digested(text: str, language: Language) -> str:
    forms = forms_of(text, language=language)
    said = "\0".join(forms).encode("utf-8", "surrogatepass")
    return hashlib.sha256(said).hexdigest()[:12] if forms else ""


_kept_digest = lru_cache(maxsize=4096)(_digested)


def last_line_of(node: _Placed) -> int:
    """Returns the last line of a statement or of an `except` clause."""
    return node.end_lineno or node.lineno


def outline_of(path: str, *, text: str) -> Outline:
    """Returns the outline of a file; without symbols and statements if it is not Python."""
    lines = split_lines(text)
    language = language_of(path)
    symbols = [""] * len(lines)
    statements: list[_Placed | None] = [None] * len(lines)
    tree = parse(text) if language is Language.PYTHON else None
    for node, name in _placed(tree):
        start = first_line(node) if isinstance(node, ast.stmt) else node.lineno
        covered = range(start - 1, min(last_line_of(node), len(lines)))
        for index in covered:
            statements[index] = node
        if isinstance(node, _DEFINITION):
            for index in covered:
                symbols[index] = name
    return Outline(lines, language, symbols, statements)


def _placed(tree: ast.Module | None) -> Iterator[tuple[_Placed, str]]:
    """Yields statements with the symbol they define or stand in, outer ones first."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "")] if tree else []
    while waiting:
        node, name = waiting.pop()
        if isinstance(node, _DEFINITION):
            name = f"{name}.{node.name}" if name else node.name
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            yield node, name
        for field in reversed(_PARTS):
            parts: list[ast.AST] = getattr(node, field, [])
            waiting += [(part, name) for part in reversed(parts)]
