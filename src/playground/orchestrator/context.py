"""What a small model must see besides the region: imports, signatures, the enclosing class."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.domain.changes import split_lines
from playground.domain.javascript import is_script
from playground.domain.regions import first_line, last_line, region_text
from playground.domain.syntax import parse
from playground.domain.tasks import Region
from playground.orchestrator.scripts import context_for_script

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED_CLASS = re.compile(r'(?:class|type) "(?:type\[)?([A-Z]\w*)')

Reader = Callable[[str], str | None]
"""Returns the text of a path relative to the root, None when there is no such file."""


@dataclass(frozen=True, slots=True)
class _Outline:
    tree: ast.Module
    lines: list[str]

    def source(self, node: ast.stmt) -> str:
        return "".join(self.lines[first_line(node) - 1 : last_line(node)]).strip("\n")


@dataclass(frozen=True, slots=True)
class Place:
    """What context is wanted for.

    Attributes:
        region: the lines to be rewritten.
        message: the analyzer's words, which may name classes.
    """

    region: Region
    message: str = ""


def context_for(text: str, *, place: Place, reader: Reader, chars_max: int = 1_600) -> str:
    """Returns the lines around a region that its repair needs, shortest useful form first.

    Imports that the region uses, classes that the message names, signatures and constants of the
    same module that the region names, the head of its class, and signatures of names that it
    imports from the same repository.
    """
    region, path = place.region, place.region.path
    if is_script(path):
        return _fitted(list(context_for_script(text, region=region, reader=reader)), chars_max)
    tree = parse(text)
    if tree is None:
        return ""
    outline = _Outline(tree, split_lines(text))
    words = set(_WORD.findall(region_text(text, region)))
    pieces = [
        *_used_imports(outline, words, region),
        *_classes_in(place, outline, reader),
        *_named_here(outline, words, region),
        *_imported_signatures(outline, words, path=path, reader=reader),
    ]
    return _fitted(pieces, chars_max)


def _fitted(pieces: list[str], chars_max: int) -> str:
    chosen: list[str] = []
    used = 0
    for piece in dict.fromkeys(pieces):
        if used + len(piece) <= chars_max:
            chosen.append(piece)
            used += len(piece) + 1
    return "\n".join(chosen)


def _outside(node: ast.stmt, region: Region) -> bool:
    return last_line(node) < region.start_line or first_line(node) > region.end_line


def _used_imports(outline: _Outline, words: set[str], region: Region) -> Iterator[str]:
    for node in outline.tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or not _outside(node, region):
            continue
        names = {(a.asname or a.name).split(".")[0] for a in node.names}
        if names & words:
            yield outline.source(node)


def _named_here(outline: _Outline, words: set[str], region: Region) -> Iterator[str]:
    for node in outline.tree.body:
        if isinstance(node, ast.ClassDef):
            if not _outside(node, region) or node.name in words:
                yield class_head(outline.lines, node, words=words)
        elif not _outside(node, region):
            continue
        elif isinstance(node, _Function) and node.name in words:
            yield signature(outline.lines, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and _targets(node) & words:
            yield outline.source(node)[:200]


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {t.id for t in targets if isinstance(t, ast.Name)}


def signature(lines: list[str], node: _Function) -> str:
    """Returns the function's head with an ellipsis for its body."""
    head = "".join(lines[node.lineno - 1 : max(node.lineno, node.body[0].lineno - 1)]).rstrip()
    if node.body[0].lineno == node.lineno:
        return head
    head = re.sub(r"\n\s*(@.*)?\Z", "", head)
    colon = head.rfind(":")
    return (head[: colon + 1] if colon >= 0 else head) + " ..."


def class_head(lines: list[str], node: ast.ClassDef, *, words: set[str]) -> str:
    """Returns the class line, its annotated attributes and the signatures that matter."""
    parts = [lines[node.lineno - 1].rstrip()]
    for member in node.body:
        if isinstance(member, ast.AnnAssign):
            parts.append(lines[member.lineno - 1].rstrip())
        elif isinstance(member, _Function) and (member.name == "__init__" or member.name in words):
            parts.append(signature(lines, member))
            if member.name == "__init__":
                parts += _self_attributes(lines, member, words)
    return "\n".join(parts)


def _self_attributes(lines: list[str], node: _Function, words: set[str]) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign | ast.AnnAssign):
            target = inner.targets[0] if isinstance(inner, ast.Assign) else inner.target
            if isinstance(target, ast.Attribute) and target.attr in words:
                yield lines[inner.lineno - 1].rstrip()


def _classes_in(place: Place, outline: _Outline, reader: Reader) -> Iterator[str]:
    """Yields the outlines of classes that the message names, from this file and what it imports."""
    names = set(_QUOTED_CLASS.findall(place.message))
    if not names:
        return
    own = place.region
    yield from _class_outlines(outline, names, apart_from=own)
    modules = [n for n in ast.walk(outline.tree) if isinstance(n, ast.ImportFrom)]
    texts = dict.fromkeys(_module_text(node, own.path, reader) for node in modules)
    for text in texts:
        tree = parse(text) if text else None
        if tree is not None and text is not None:
            yield from _class_outlines(_Outline(tree, split_lines(text)), names, apart_from=None)


def _class_outlines(
    outline: _Outline, names: set[str], *, apart_from: Region | None
) -> Iterator[str]:
    for node in outline.tree.body:
        if not isinstance(node, ast.ClassDef) or node.name not in names:
            continue
        if apart_from is None or _outside(node, apart_from):
            methods = [m.name for m in node.body if isinstance(m, _Function)]
            public = {name for name in methods if not name.startswith("_")}
            yield class_head(outline.lines, node, words=public)


def _imported_signatures(
    outline: _Outline, words: set[str], *, path: str, reader: Reader
) -> Iterator[str]:
    for node in ast.walk(outline.tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        wanted = {a.name for a in node.names if (a.asname or a.name) in words}
        text = _module_text(node, path, reader) if wanted else None
        tree = parse(text) if text else None
        if tree is None or text is None:
            continue
        lines = split_lines(text)
        for found in tree.body:
            if isinstance(found, _Function) and found.name in wanted:
                yield signature(lines, found)
            elif isinstance(found, ast.ClassDef) and found.name in wanted:
                yield class_head(lines, found, words=words)


def _module_text(node: ast.ImportFrom, path: str, reader: Reader) -> str | None:
    parts = (node.module or "").split(".") if node.module else []
    folder = path.split("/")[:-1]
    if node.level:
        bases = [folder[: len(folder) - (node.level - 1)]]
    else:
        bases = [[], ["src"], *[folder[:n] for n in range(1, len(folder))]]
    for base in bases:
        stem = "/".join([*base, *parts])
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            text = reader(candidate)
            if text is not None:
                return text
    return None
