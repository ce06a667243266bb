"""JavaScript and TypeScript text: statements and blocks, found without a grammar.

What is no string, comment or regular expression is code, counted by its brackets. It never fails
and takes time in proportion to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from playground.domain.script_pieces import Kind, Piece, pieces

SUFFIXES = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
"""Endings of JavaScript and TypeScript sources."""

_TYPED = (".ts", ".tsx", ".mts", ".cts")


def is_script(path: str) -> bool:
    """Whether a file is JavaScript or TypeScript by its name."""
    return path.lower().endswith(SUFFIXES)


def language_name(path: str) -> str:
    """Returns "Python", "TypeScript" or "JavaScript", by the file's name."""
    if not is_script(path):
        return "Python"
    return "TypeScript" if path.lower().endswith(_TYPED) else "JavaScript"


_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def code_form(text: str) -> tuple[str, ...]:
    """Returns what the text says without white space and comments: equal forms are equal code."""
    return tuple(piece.text for piece in pieces(text) if piece.kind is not Kind.COMMENT)


def is_balanced(text: str) -> bool:
    """Whether every bracket of the code is closed by its like, and every string ends."""
    pairs = {")": "(", "]": "[", "}": "{"}
    waiting: list[str] = []
    for piece in pieces(text):
        if piece.kind is Kind.STRING and piece.text[0] in "\"'":
            if len(piece.text) < 2 or piece.text[-1] != piece.text[0]:
                return False
        elif piece.kind is Kind.STRING:
            if piece.text.startswith("}") and (not waiting or waiting.pop() != "${"):
                return False
            if piece.text.endswith("${"):
                waiting.append("${")
        elif piece.kind is Kind.PUNCTUATION and piece.text in _OPENING:
            waiting.append(piece.text)
        elif piece.text in _CLOSING and (not waiting or waiting.pop() != pairs[piece.text]):
            return False
    return not waiting


@dataclass(frozen=True, slots=True)
class Block:
    """A statement, a member of a class, or a function inside one of them.

    Attributes:
        start_line: first line, counted from 1, comments and decorators directly above included.
        head_line: the line on which its own text begins.
        end_line: last line, inclusive.
        name: qualified name of what it defines, "" when it defines nothing.
        kind: "function", "class" or "statement".
        imports: whether it is an import.
    """

    start_line: int
    head_line: int
    end_line: int
    name: str
    kind: str
    imports: bool = False


_DEFINES = re.compile(
    r"(?:(?:export|default|declare|abstract|async|public|private|protected|static|override"
    r"|readonly|accessor|const|get|set)\s+)*"
    r"(?:(?P<class>class|interface|enum|namespace|module)\s+(?P<class_name>[\w$]+)"
    r"|function\s*\*?\s*(?P<function>[\w$]*)"
    r"|(?:type|let|var|using)\s+(?P<variable>[\w$]+)|(?P<plain>\*?\#?[\w$]+))"
)
_FUNCTION = re.compile(r"=>|\bfunction\b")
_PARAMETERS = re.compile(r"[\w$\]>]\s*\(")
_DECORATOR = re.compile(r"@[\w$.]+(?:\([^()]{0,400}\))?\s*")
_HEAD_CHARS_MAX = 2_000
_METHOD_END = re.compile(r"\)\s*(?::[^{=]*)?\{\s*\Z")
_NO_NAMES = frozenset(
    {"if", "for", "while", "switch", "try", "return", "throw", "do", "with", "else", "catch"}
    | {"finally", "case", "import", "export", "await", "yield", "new", "super", "this", "break"}
    | {"continue", "debugger", "delete", "void", "typeof"}
)


@lru_cache(maxsize=64)
def blocks(text: str) -> tuple[Block, ...]:
    """Returns all statements of the text, those of blocks after the statement around them."""
    return tuple(_Outline(text).blocks())


class _Outline:
    """Cuts a text into statements by brackets, semicolons and line ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces = list(pieces(text))
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self._found: list[Block] = []
        self._partner = self._partners()

    def blocks(self) -> list[Block]:
        """Returns the statements."""
        waiting = [(0, len(self._pieces), "")]
        while waiting:
            begin, end, prefix = waiting.pop()
            for first, last in self._statements(begin, end):
                block, inner = self._block(first, last, prefix)
                self._found.append(block)
                waiting += [(a, b, block.name or prefix) for a, b in inner]
        return sorted(self._found, key=lambda b: (b.head_line, -b.end_line))

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _partners(self) -> dict[int, int]:
        """Maps the index of each opening bracket to that of the bracket that closes it."""
        partner: dict[int, int] = {}
        waiting: list[int] = []
        for index, piece in enumerate(self._pieces):
            opens = piece.kind is Kind.PUNCTUATION and piece.text in _OPENING
            template = piece.kind is Kind.STRING and piece.text[0] in "`}"
            closes = piece.kind is Kind.PUNCTUATION and piece.text in _CLOSING
            if (closes or (template and piece.text[0] == "}")) and waiting:
                partner[waiting.pop()] = index
            if opens or (template and piece.text.endswith("${")):
                waiting.append(index)
        return partner

    def _statements(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Yields statements as the indices of their first and last pieces."""
        first = -1
        index = begin
        while index < end:
            piece = self._pieces[index]
            if piece.kind is Kind.COMMENT:
                index += 1
                continue
            if first < 0:
                first = index
            closing = self._partner.get(index, index)
            while closing in self._partner:  # a template goes on after its code
                closing = self._partner[closing]
            index = closing + 1
            if self._is_decorator(first, closing):
                continue
            if self._ends(closing, index, end):
                yield first, closing
                first = -1
        if first >= 0:
            yield first, end - 1

    def _is_decorator(self, first: int, last: int) -> bool:
        if self._pieces[first].text != "@" or last - first > 2_000:
            return False
        index = first
        while index <= last:
            # An at sign, a name with dots, and the arguments in brackets.
            if self._pieces[index].text != "@":
                return False
            index += 2
            while index < last and self._pieces[index].text == ".":
                index += 2
            if index <= last and self._pieces[index].text == "(":
                index = self._partner.get(index, index) + 1
        return True

    def _ends(self, index: int, after: int, end: int) -> bool:
        piece = self._pieces[index]
        if piece.text == ";":
            return True
        while after < end and self._pieces[after].kind is Kind.COMMENT:
            after += 1
        if after >= end:
            return False
        follower = self._pieces[after]
        if piece.text == "," or self._line(piece.end - 1) == self._line(follower.start):
            return False
        if piece.text == "}":
            return not (
                follower.text in {"else", "catch", "finally", "while"} or _goes_on(follower)
            )
        return not (_waits(piece) or _goes_on(follower))

    def _block(self, first: int, last: int, prefix: str) -> tuple[Block, list[tuple[int, int]]]:
        start, end = self._pieces[first].start, self._pieces[last].end
        head = self._text[start:end]
        name, kind = _named(head)
        inner: list[tuple[int, int]] = []
        index = first
        while index <= last:
            closing = self._partner.get(index)
            if closing is not None and self._pieces[index].text == "{" and closing <= last:
                inner.append((index + 1, closing))
            elif closing is not None and closing <= last:
                index += 1  # brackets may hold functions
                continue
            index = (closing if closing is not None else index) + 1
        qualified = f"{prefix}.{name}" if prefix and name else name
        head_line = self._line(start)
        block = Block(
            start_line=self._above(first, head_line),
            head_line=head_line,
            end_line=self._line(max(start, end - 1)),
            name=qualified,
            kind=kind,
            imports=_is_import(head),
        )
        return block, [] if block.imports else inner

    def _above(self, first: int, line: int) -> int:
        """Returns the first line of the comments that stand directly above a statement."""
        while first and self._pieces[first - 1].kind is Kind.COMMENT:
            comment = self._pieces[first - 1]
            before = self._text[self._starts[self._line(comment.start) - 1] : comment.start]
            if before.strip() or self._line(comment.end - 1) < line - 1:
                break
            first, line = first - 1, self._line(comment.start)
        return line


_AFTER_BLOCK = frozenset({"else", "catch", "finally", "while"})
_JOINING = frozenset(".,?:=+-*/%&|^<>)]}") | {"=>"}
_WAITING = frozenset("=+-*/%&|^<>?:.!~(,@") | {"=>"}
_JOINING_WORDS = frozenset({"instanceof", "in", "of", "as", "satisfies", "extends", "implements"})
_WAITING_WORDS = frozenset(
    {"new", "typeof", "in", "of", "instanceof", "else", "extends", "await", "async", "const"}
    | {"let", "var", "export", "default", "implements", "as", "satisfies", "case", "function"}
)


def _goes_on(follower: Piece) -> bool:
    if follower.kind is Kind.WORD:
        return follower.text in _JOINING_WORDS
    template = follower.kind is Kind.STRING and follower.text[0] == "`"
    return template or (follower.kind is Kind.PUNCTUATION and follower.text in _JOINING)


def _waits(piece: Piece) -> bool:
    if piece.kind is Kind.WORD:
        return piece.text in _WAITING_WORDS
    return piece.kind is Kind.PUNCTUATION and piece.text in _WAITING


def _named(head: str) -> tuple[str, str]:
    """Returns the name that a statement gives to something, and what that is."""
    head = head[:_HEAD_CHARS_MAX]
    while decorator := _DECORATOR.match(head):
        head = head[decorator.end() :]
    match = _DEFINES.match(head)
    if match is None:
        return "", "statement"
    if match["class_name"]:
        return match["class_name"], "class"
    if match["function"] is not None:
        return match["function"] or "default", "function"
    name = match["variable"] or match["plain"] or ""
    if name in _NO_NAMES:
        return "", "statement"
    brace = head.find("{")
    opening = head[: brace + 1] if brace >= 0 else head
    is_function = _FUNCTION.search(opening) is not None or _has_body(opening)
    method = bool(match["plain"]) and re.match(r"\s*[(<]", head[head.find(name) + len(name) :])
    if match["plain"] and not is_function and not _assigns(head, name):
        return "", "statement"
    if method and (not _METHOD_END.search(opening) or re.search(r"\bfunction\b|=>", opening)):
        return "", "statement"
    return name.strip("*#"), "function" if is_function else "statement"


def _has_body(opening: str) -> bool:
    """Whether parameters in brackets, with a type or without, come right before the last brace."""
    closings = [m.start() for m in re.finditer(r"\)", opening)][-50:]
    ends = [at for at in closings if _METHOD_END.match(opening, at)]
    return any(_PARAMETERS.search(opening, opening.rfind(";", 0, at) + 1, at) for at in ends)


def _assigns(head: str, name: str) -> bool:
    return re.match(r"\s*(?::[^=]+)?=(?![=>])", head[head.find(name) + len(name) :]) is not None


def _is_import(head: str) -> bool:
    head = head[:_HEAD_CHARS_MAX]
    if re.match(r"import\b(?!\s*[.(])", head):
        return True
    return re.match(r"(?:const|let|var)\s[^=]+=\s*require\([^)]*\);?\s*\Z", head) is not None
