"""Pieces of JavaScript and TypeScript text: strings, comments, regular expressions, words, signs.

The scan knows templates with code inside. It never fails and takes time in proportion to the text.
Text between JSX tags is read as code, so an apostrophe there may hide the rest of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What a piece of text is."""

    COMMENT = "comment"
    STRING = "string"
    REGEX = "regex"
    WORD = "word"
    NUMBER = "number"
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that is no white space, from `start` to `end` (exclusive)."""

    kind: Kind
    start: int
    end: int
    text: str


_COMMENT = r"(?P<comment>//[^\n\r\u2028\u2029]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|\A\#![^\n\r]*)"
_STRING = (
    r"(?P<string>\"(?:[^\"\\\n\r]|\\(?:\r\n|[\s\S]))*\"?|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'?)"
)
_STOP = re.compile(rf"(?=[#\"'`/])(?:{_COMMENT}|{_STRING}|[`/])")
_STOP_INSIDE = re.compile(rf"(?=[#\"'`/{{}}])(?:{_COMMENT}|{_STRING}|[`/{{}}])")
_WORD_CHARS_MAX = 16
_LAST_WORD = re.compile(r"[\w$\u200c\u200d]+\Z")
_PIECE = re.compile(
    rf"{_COMMENT}|{_STRING}"
    r"|(?P<template>`)"
    r"|(?P<word>[\w$\u200c\u200d]+)"
    r"|(?P<slash>/)"
    r"|(?P<punctuation>=>|[^\s\w])"
)
_CLASS = r"\[(?:[^\]\\\n\r]|\\[^\n\r]){0,300}\]"  # bounded, for many opening signs may follow
_REGEX = re.compile(rf"/(?![*/])(?:[^/\\\[\n\r]|\\[^\n\r]|{_CLASS}){{1,3000}}/\w*")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|\\?\Z)")
_BEFORE_REGEX = frozenset("=(,:;!&|?{}[+-*%<>~^") | {"=>"}
_WORDS_BEFORE_REGEX = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"}
    | {"instanceof", "await", "yield"}
)


def pieces(text: str) -> Iterator[Piece]:
    """Yields the pieces of a text in their order, comments among them."""
    at = 0
    last: Piece | None = None
    braces: list[bool] = []  # for each open brace, whether it belongs to a template
    while match := _PIECE.search(text, at):
        start, end = match.span()
        kind = Kind.PUNCTUATION
        if match["comment"] is not None:
            kind = Kind.COMMENT
        elif match["string"] is not None:
            kind = Kind.STRING
        elif match["word"] is not None:
            kind = Kind.NUMBER if text[start].isdigit() else Kind.WORD
        elif match["slash"] is not None and _may_begin_regex(last):
            found = _REGEX.match(text, start)
            if found:
                kind, end = Kind.REGEX, found.end()
        elif match["template"] is not None or (text[start] == "}" and braces and braces[-1]):
            kind = Kind.STRING
            end = _template_end(text, start + 1, braces, inside=text[start] == "}")
        elif text[start] == "{":
            braces.append(False)
        elif text[start] == "}" and braces:
            braces.pop()
        piece = Piece(kind, start, end, text[start:end])
        if kind is not Kind.COMMENT:
            last = piece
        yield piece
        at = end


def _template_end(text: str, at: int, braces: list[bool], *, inside: bool) -> int:
    """Returns where a template stops for code or for good, and keeps count of its braces."""
    match = _TEMPLATE.match(text, at)
    end = match.end() if match else len(text)
    opens = text.endswith("${", 0, end) and end >= at + 2
    if inside:
        braces.pop()
    if opens:
        braces.append(True)
    return end


def _may_begin_regex(last: Piece | None) -> bool:
    if last is None:
        return True
    if last.kind is Kind.WORD:
        return last.text in _WORDS_BEFORE_REGEX
    return last.kind is Kind.PUNCTUATION and last.text in _BEFORE_REGEX


@lru_cache(maxsize=32)
def comments(text: str) -> tuple[Piece, ...]:
    """Returns the comments of a text in their order, with their signs; the last are kept.

    They are those among `pieces`, found without stopping at every word.
    """
    holds = "//" in text or "/*" in text or text.startswith("#!")
    return tuple(_comments(text)) if holds else ()


def _comments(text: str) -> Iterator[Piece]:
    at, code = 0, 0  # where code begins whose last piece is not known yet
    last: Piece | None = None
    braces: list[bool] = []
    # Braces tell where a template goes on, so they count only inside of one.
    while match := (_STOP_INSIDE if braces else _STOP).search(text, at):
        start, at = match.span()
        sign = text[start]
        if match["comment"] is not None or sign == "/":
            last = _last_piece(text, code, start) or last
        if match["comment"] is not None:
            yield Piece(Kind.COMMENT, start, at, text[start:at])
        elif sign == "/":
            found = _REGEX.match(text, start) if _may_begin_regex(last) else None
            kind, at = (Kind.REGEX, found.end()) if found else (Kind.PUNCTUATION, at)
            last = Piece(kind, start, at, sign)
        elif sign == "`" or (sign == "}" and braces[-1]):
            at = _template_end(text, start + 1, braces, inside=sign == "}")
            last = Piece(Kind.STRING, start, at, sign)
        elif sign in "{}":
            if sign == "{":
                braces.append(False)
            else:
                braces.pop()
            last = Piece(Kind.PUNCTUATION, start, at, sign)
        else:
            last = Piece(Kind.STRING, start, at, sign)
        code = at


def _last_piece(text: str, start: int, end: int) -> Piece | None:
    """Returns the last piece of code that holds neither strings nor comments nor slashes."""
    code = text[start:end].rstrip()
    if not code:
        return None
    # No word that matters is longer than this.
    word = _LAST_WORD.search(code[-_WORD_CHARS_MAX:])
    if word is None:
        return Piece(Kind.PUNCTUATION, start, end, code[-1])
    return Piece(Kind.WORD, start, end, word.group())
