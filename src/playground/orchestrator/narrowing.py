"""Fitting an existing file into a prompt: the parts that a request in words is about."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from playground.domain.changes import split_lines
from playground.domain.regions import first_line, last_line
from playground.domain.syntax import parse
from playground.orchestrator.context import class_head, signature

_WORD = re.compile(r"[a-z0-9]+")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A file as a prompt shows it; `partial` when parts are left out, text "" for a new file."""

    path: str
    text: str
    partial: bool


def excerpt(path: str, text: str | None, *, goal: str, chars_max: int) -> Excerpt:
    """Returns the whole file if it fits, else imports, signatures and the nearest definitions.

    Definitions are ranked by the words that they share with the goal.
    """
    if text is None or not text.strip():
        return Excerpt(path, "", partial=False)
    shown = text.replace("\r\n", "\n")
    if len(shown) <= chars_max:
        return Excerpt(path, shown, partial=False)
    tree = parse(shown)
    if tree is None:
        return Excerpt(path, shown[:chars_max], partial=True)
    lines = split_lines(shown)
    wanted = set(_WORD.findall(goal.lower()))
    whole = _nearest(tree, lines, wanted=wanted, chars_max=chars_max)
    return Excerpt(path, _joined(tree, lines, whole=whole, chars_max=chars_max), partial=True)


def _joined(tree: ast.Module, lines: list[str], *, whole: set[ast.stmt], chars_max: int) -> str:
    """Joins what fits in the order of the file: what is shown whole first, then the rest."""
    parts = {node: _part(node, lines, whole=whole) for node in tree.body}
    kept: set[ast.stmt] = set()
    room = chars_max
    for node in sorted(parts, key=lambda node: node not in whole):
        if len(parts[node]) + 1 <= room:
            kept.add(node)
            room -= len(parts[node]) + 1
    return "\n".join(text for node, text in parts.items() if node in kept and text)


def _source(node: ast.stmt, lines: list[str]) -> str:
    return "".join(lines[first_line(node) - 1 : last_line(node)]).rstrip("\n")


def _nearest(
    tree: ast.Module, lines: list[str], *, wanted: set[str], chars_max: int
) -> set[ast.stmt]:
    """Chooses definitions to be shown whole, best first, within about two thirds of the room."""

    def nearness(node: ast.stmt) -> float:
        name = getattr(node, "name", "")
        names = set(_WORD.findall(name.lower().replace("_", " ")))
        body = set(_WORD.findall(_source(node, lines).lower()))
        return 3 * len(names & wanted) + len(body & wanted) / (1 + len(body) / 50)

    definitions = [n for n in tree.body if isinstance(n, _Function | ast.ClassDef)]
    chosen: set[ast.stmt] = set()
    room = chars_max * 2 // 3
    for node in sorted(definitions, key=nearness, reverse=True):
        size = len(_source(node, lines))
        if size <= room:
            chosen.add(node)
            room -= size
    return chosen


def _part(node: ast.stmt, lines: list[str], *, whole: set[ast.stmt]) -> str:
    if node in whole or isinstance(node, ast.Import | ast.ImportFrom):
        return _source(node, lines)
    if isinstance(node, ast.ClassDef):
        names = {m.name for m in node.body if isinstance(m, _Function)}
        return class_head(lines, node, words=names)
    if isinstance(node, _Function):
        return signature(lines, node)
    return _source(node, lines)[:200]
