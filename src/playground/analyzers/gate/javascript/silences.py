"""Comments by which a person has silenced a place in a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from playground.domain.changes import split_lines
from playground.domain.findings import Finding
from playground.domain.script_pieces import comments

_DIRECTIVE = re.compile(
    r"(?P<word>eslint-disable-next-line|eslint-disable-line|eslint-disable|eslint-enable"
    r"|@ts-nocheck|@ts-ignore|@ts-expect-error|biome-ignore|oxlint-disable-next-line)"
    r"(?P<rules>[^*\n]*)"
)
_RULE = re.compile(r"[@\w][\w@/-]*")
_TYPES = "typescript"
_END = 1 << 30


def is_silenced_in(text: str, finding: Finding) -> bool:
    """Whether a comment of the text silences the finding's first or last line for its tool."""
    lines = {finding.span.start_line, finding.span.end_line}
    return any(
        tool == ("typescript" if finding.tool == _TYPES else "eslint")
        and any(first <= line <= last for line in lines)
        and (not rules or finding.rule in rules)
        for tool, first, last, rules in _silences(text)
    )


@lru_cache(maxsize=64)
def _silences(text: str) -> tuple[tuple[str, int, int, frozenset[str]], ...]:
    """Returns the tool, the first and last line, and the rules (none for all) of each silence."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[tuple[str, int, int, frozenset[str]]]:
    lines = split_lines(text)
    off: int | None = None
    rules_off: frozenset[str] = frozenset()
    for comment in comments(text):
        match = _DIRECTIVE.search(comment.text)
        if match is None:
            continue
        last = text.count("\n", 0, comment.end) + 1
        word = match["word"]
        rules = frozenset(_RULE.findall(match["rules"].split(" -- ")[0]))
        if word == "@ts-nocheck":
            yield _TYPES, 1, _END, frozenset()
        elif word.startswith("@ts-"):
            following = _next_code(lines, last)
            yield _TYPES, following, following, frozenset()
        elif word == "eslint-disable-line":
            yield "eslint", last, last, rules
        elif word == "eslint-disable":
            off, rules_off = off or last, rules
        elif word == "eslint-enable":
            if off is not None:
                yield "eslint", off, last, rules_off
            off = None
        else:
            named: frozenset[str] = frozenset() if word == "biome-ignore" else rules
            yield "eslint", last + 1, last + 1, named
    if off is not None:
        yield "eslint", off, _END, rules_off


def _next_code(lines: list[str], line: int) -> int:
    """Returns the next line, from 1, that holds more than a comment."""
    for number in range(line + 1, len(lines) + 1):
        told = lines[number - 1].strip()
        if told and not told.startswith("//"):
            return number
    return line + 1
