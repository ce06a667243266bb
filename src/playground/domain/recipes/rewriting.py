"""Changing the text where a recipe fits, and nothing else.

The tree says what the result must mean: the file's own tree with the matched nodes exchanged. The
text is made by the smallest edits that follow from the two patterns, with the code's own text for
every variable. A result is given out only when it parses to exactly that tree and has lost no
comment; all else is "does not fit here".
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import cast

from playground.domain.findings import Span
from playground.domain.recipes.forms import form_of
from playground.domain.recipes.heads import colon_of, comparable, head_form
from playground.domain.recipes.instances import exchanged
from playground.domain.recipes.matching import Match, matches_at, position
from playground.domain.recipes.patterns import (
    Compiled,
    Kind,
    Recipe,
    UnusableRecipe,
    compiled,
    laid_out,
    sequence_variable,
)
from playground.domain.recipes.texts import (
    Code,
    comments_of,
    docstrings_of,
    indent_unit,
    reindented,
)
from playground.domain.syntax import PARSE_ERRORS, parse

TEXT_CHARS_MAX = 1_000_000
_BLOCKS = ("body", "handlers", "orelse", "finalbody")
_ATOMS = (
    *(ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set),
    *(ast.JoinedStr, ast.ListComp, ast.SetComp, ast.DictComp),
)


_HOLE = re.compile(r"((?:(?<=\n)[ \t]*)?)\0(\d+)\0")
_LEVELS = re.compile(r"\A(?: {4})+")
"""Indentation in patterns, which are always written with four blanks a level."""


class _Unfit(Exception):
    """The change cannot be made at this place without touching more than it may."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def rewritten_by(recipe: Recipe, text: str, *, span: Span) -> str | None:
    """Returns the text with the recipe applied at a finding, None where it does not fit.

    Args:
        recipe: a usable recipe.
        text: the whole file.
        span: the finding's place, columns in code points.
    """
    tree = parse(text) if len(text) <= TEXT_CHARS_MAX else None
    if tree is None or "\r" in text.replace("\r\n", ""):
        return None
    try:
        pattern = compiled(recipe)
        found = matches_at(pattern, tree, span=_in_bytes(text, span))
        results = (_changed(pattern, text, tree=tree, match=match) for match in found)
        return next((result for result in results if result is not None), None)
    except (UnusableRecipe, *PARSE_ERRORS):
        return None


def _in_bytes(text: str, span: Span) -> Span:
    lines = text.split("\n")

    def column(line: int, number: int) -> int:
        own = lines[line - 1] if 0 < line <= len(lines) else ""
        return len(own[: max(number - 1, 0)].encode("utf-8", "surrogatepass")) + 1

    return Span(
        span.start_line,
        column(span.start_line, span.start_column),
        span.end_line,
        column(span.end_line, span.end_column),
    )


def _changed(pattern: Compiled, text: str, *, tree: ast.Module, match: Match) -> str | None:
    meant = exchanged(pattern, text, tree=tree, match=match)
    if meant is None:
        return None
    if docstrings_of(meant) != docstrings_of(tree):
        return None  # a docstring that no longer comes first is none
    wanted = form_of(meant)
    comments = comments_of(text)
    for bracketed, comments_too in product((False, True), repeat=2):
        style = _Style(bracketed=bracketed, comments_too=comments_too)
        try:
            result = _Writer(pattern, match, Code.of(text), style).result()
        except _Unfit:
            continue
        made = parse(result)
        if made is not None and form_of(made) == wanted and comments_of(result) == comments:
            return result
    return None


# ── how the text becomes that ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, order=True)
class _Told:
    """The code's text for a variable; statements know the column at which they began."""

    text: str
    column: int | None = None

    def told(self, lead: str, *, first: str | None) -> str:
        """Returns the text as it stands in a template.

        Args:
            lead: the white space before it on its line.
            first: the indentation of its line where that is written already, None elsewhere.
        """
        if self.column is None:
            return lead + self.text
        return lead + reindented(self.text, own=self.column, to=lead if first is None else first)


def _of(unit: str) -> Callable[[re.Match[str]], str]:
    return lambda found: unit * (len(found[0]) // 4)


@dataclass(frozen=True, slots=True)
class _Style:
    """Ways to write that are tried in turn.

    Attributes:
        bracketed: brackets around expressions that may need some.
        comments_too: statements take the comments above and behind them along.
    """

    bracketed: bool
    comments_too: bool


@dataclass
class _Writer:
    pattern: Compiled
    match: Match
    code: Code
    style: _Style
    template: Code = field(init=False)

    def __post_init__(self) -> None:
        recipe = self.pattern.recipe
        self.template = Code.of(laid_out(recipe.after, recipe.unit))

    def result(self) -> str:
        before, after = list(self.pattern.before), list(self.pattern.after)
        data = self.code.data
        newline = "\r\n" if b"\r\n" in data else "\n"
        for edit in sorted(self._block(before, after), key=lambda e: e.start, reverse=True):
            text = edit.text.replace("\r\n", "\n").replace("\n", newline)
            data = data[: edit.start] + text.encode("utf-8", "surrogatepass") + data[edit.end :]
        return data.decode("utf-8", "surrogatepass")

    def _block(self, before: list[ast.AST], after: list[ast.AST]) -> Iterator[_Edit]:
        """Yields the edits of a list of nodes."""
        keys = [form_of(node) for node in before], [form_of(node) for node in after]
        matcher = difflib.SequenceMatcher(a=keys[0], b=keys[1], autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                continue
            if i2 - i1 == j2 - j1:
                for old, new in zip(before[i1:i2], after[j1:j2], strict=True):
                    yield from self._node(old, new)
            elif i1 == i2:
                yield self._inserted(before, after[j1:j2], at=i1)
            else:
                yield self._replaced(before[i1:i2], after[j1:j2])

    def _node(self, old: ast.AST, new: ast.AST) -> Iterator[_Edit]:
        if form_of(old) == form_of(new):
            return
        blocks = [n for n in _BLOCKS if isinstance(getattr(old, n, None), list)]
        if type(old) is not type(new) or not (blocks or comparable(old, new)):
            yield self._replaced([old], [new])
            return
        edits: list[_Edit] = []
        for name in old._fields:
            pair = getattr(old, name, None), getattr(new, name, None)
            if name in blocks:
                if bool(pair[0]) is not bool(pair[1]):
                    raise _Unfit
                edits += self._block(cast("list[ast.AST]", pair[0]), cast("list[ast.AST]", pair[1]))
            elif form_of(pair[0]) != form_of(pair[1]) and not blocks:
                edits += self._inside(*pair)
        if blocks and head_form(old, blocks) != head_form(new, blocks):
            edits.append(self._head(old, new))
        yield from edits

    def _inside(self, old: object, new: object) -> Iterator[_Edit]:
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            yield from self._node(old, new)
        else:
            pairs = zip(cast("list[ast.AST]", old), cast("list[ast.AST]", new), strict=True)
            for one, other in pairs:
                yield from self._node(one, other)

    def _placed(self, node: ast.AST) -> tuple[ast.AST, ...]:
        nodes = self.match.at.get(id(node), ())
        if not nodes or not all(hasattr(n, "lineno") for n in nodes):
            raise _Unfit
        return nodes

    def _replaced(self, old: list[ast.AST], new: list[ast.AST]) -> _Edit:
        nodes = [placed for node in old for placed in self._placed(node)]
        start, end = self.code.range_of(nodes[0])[0], self.code.range_of(nodes[-1])[1]
        if not isinstance(nodes[0], ast.stmt | ast.ExceptHandler):
            if len(new) != 1 or len(nodes) != 1:
                raise _Unfit
            return _Edit(start, end, self._expression(new[0]))
        first = self.code.line_start(start)
        if not self.code.is_blank(first, end=start):
            if len(new) == 1 == len(nodes):
                return _Edit(start, end, self._statements(new, ""))
            raise _Unfit
        indent = self.code.between(first, end=start)
        if not new:
            return _Edit(first, self.code.line_end(end), "")
        return _Edit(start, end, self._statements(new, indent))

    def _inserted(self, before: list[ast.AST], new: list[ast.AST], *, at: int) -> _Edit:
        """Puts statements before the one at a place, or behind the last one."""
        if at < len(before):
            start = self.code.range_of(self._placed(before[at])[0])[0]
            first = self.code.line_start(start)
            indent = self.code.between(first, end=start)
            if indent.strip():
                raise _Unfit
            return _Edit(start, start, self._statements(new, indent) + "\n" + indent)
        last = self._placed(before[-1])[-1]
        if not isinstance(last, ast.stmt):
            raise _Unfit
        start, end = self.code.range_of(last)
        indent = self.code.between(self.code.line_start(start), end=start)
        place = self.code.line_end(end)
        if indent.strip():
            raise _Unfit
        text = indent + self._statements(new, indent)
        whole = self.code.data[:place].endswith(b"\n")
        return _Edit(place, place, f"{text}\n" if whole else f"\n{text}")

    def _head(self, old: ast.AST, new: ast.AST) -> _Edit:
        """Replaces what stands before the colon of a compound statement."""
        node = self._placed(old)[0]
        if getattr(node, "decorator_list", []) or getattr(new, "decorator_list", []):
            raise _Unfit
        start = self.code.range_of(node)[0]
        text = self._rendered(new, cut=_colon(self.template, new))
        return _Edit(start, _colon(self.code, node), text)

    def _expression(self, node: ast.AST) -> str:
        text = self._rendered(node)
        return f"({text})" if self.style.bracketed and not isinstance(node, _ATOMS) else text

    def _statements(self, nodes: list[ast.AST], indent: str) -> str:
        return f"\n{indent}".join(self._rendered(node, indent=indent) for node in nodes)

    # ── templates ────────────────────────────────────────────────────────────────────────────

    def _rendered(self, node: ast.AST, *, indent: str = "", cut: int | None = None) -> str:
        """Returns a node of the pattern after as text, with the code's text for variables.

        Args:
            node: of the template.
            indent: for all lines but the first.
            cut: where the template's text ends, None for the node's end.
        """
        start, end = self.template.range_of(node)
        end = end if cut is None else cut
        holes = [hole for hole in sorted(self._holes(node)) if hole[0] < end]
        text, cursor = "", start
        for number, (first, last, _) in enumerate(holes):
            text += self.template.between(cursor, end=first) + f"\0{number}\0"
            cursor = last
        text += self.template.between(cursor, end=end)
        text = self._in_units(reindented(text, own=position(node)[1], to=""), indent)

        def filled(found: re.Match[str]) -> str:
            told = holes[int(found[2])][2]
            return told.told(found[1], first=indent if found.start() == 0 else None)

        return _HOLE.sub(filled, text)

    def _in_units(self, text: str, indent: str) -> str:
        """Indents all lines but the first as the code does."""
        unit = indent_unit(self.code.between(0, end=len(self.code.data)))
        first, *rest = text.split("\n")
        return "\n".join([first, *(indent + _LEVELS.sub(_of(unit), line) for line in rest)])

    def _holes(self, root: ast.AST) -> Iterator[tuple[int, int, _Told]]:
        kinds, bindings = self.pattern.kinds, self.match.bindings
        waiting = [root]
        while waiting:
            node = waiting.pop()
            name = sequence_variable(node, kinds)
            if name is not None:
                yield (*self.template.range_of(node), self._run(bindings[name].nodes))
            elif isinstance(node, ast.Name) and node.id in kinds:
                bound = bindings[node.id]
                told = _Told(bound.name or self._own(bound.nodes[0]))
                yield (*self.template.range_of(node), told)
            else:
                yield from self._names(node)
                waiting += ast.iter_child_nodes(node)

    def _names(self, node: ast.AST) -> Iterator[tuple[int, int, _Told]]:
        """Yields variables that stand for names which are no nodes of their own."""
        if isinstance(node, ast.Constant | ast.Name):
            return
        for field_name in node._fields:
            value = getattr(node, field_name, None)
            if isinstance(value, str) and value in self.pattern.kinds:
                if self.pattern.kinds[value] is not Kind.NAME:
                    raise _Unfit
                start, end = self.template.range_of(node)
                words = re.finditer(rf"\b{value}\b".encode(), self.template.data[start:end])
                at = [start + word.start() for word in words]
                if not at:
                    raise _Unfit
                # an attribute's name is the last word, what a handler catches comes before "as"
                late = isinstance(node, ast.Attribute)
                first = at[-1] if late else at[0]
                yield first, first + len(value), _Told(self.match.bindings[value].name)

    def _own(self, node: ast.AST) -> str:
        text = self.code.text_of(node)
        return f"({text})" if self.style.bracketed and not isinstance(node, _ATOMS) else text

    def _run(self, nodes: tuple[ast.AST, ...]) -> _Told:
        if not nodes:
            raise _Unfit
        start, end = self.code.range_of(nodes[0])[0], self.code.range_of(nodes[-1])[1]
        if isinstance(nodes[0], ast.stmt) and self.style.comments_too:
            is_last = end == self.code.range_of(self.match.nodes[-1])[1]
            start, end = self.code.commented(start), end if is_last else self.code.comment_end(end)
        text = self.code.between(start, end=end)
        if isinstance(nodes[0], ast.stmt):
            # an `if` that begins as the `elif` of another one stands on its own now
            text = text.removeprefix("el") if isinstance(nodes[0], ast.If) else text
            return _Told(text.replace("\r\n", "\n"), column=position(nodes[0])[1])
        return _Told(text)


def _colon(code: Code, node: ast.AST) -> int:
    place = colon_of(code, node)
    if place is None:
        raise _Unfit
    return place
