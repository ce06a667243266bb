"""Findings: what one analyzer states about one place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_NUMBER = re.compile(r"(?<!\w)\d[\d_]*")
_SPACE = re.compile(r"\s+")
_LINE_END = re.compile(r"\n")


class Severity(StrEnum):
    """Levels of SARIF 2.1.0, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst level, growing as severity falls."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Span:
    """A range in a text: lines and columns count from 1, columns in code points, end exclusive."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the text inside `span` by `content`."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class ToolFix:
    """An analyzer's own fix of its finding.

    Attributes:
        applicability: the tool's own word, "safe" or "unsafe"; the gate judges either.
        message: what the tool says that the fix does.
        edits: edits of the finding's file, not overlapping.
    """

    applicability: str
    message: str
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One analyzer's statement about one place.

    Attributes:
        tool: the analyzer's name, such as "ruff".
        rule: the rule's id in that tool, such as "B006" or "reportOptionalMemberAccess".
        message: the tool's text, one line.
        path: POSIX path relative to the task's root.
        span: where in the file.
        severity: as in SARIF.
        symbol: qualified name of the enclosing function or class, "" at module level.
        line_text: the first line of the span, without its newline.
        ordinal: 0 for the first of several findings that agree in all of the above but the span.
        fix: the tool's own fix, if it has one.
        statement: digest of the statement, or the head of the statement, that it stands in, equal
            however that is laid out; "" where only `line_text` is known.
    """

    tool: str
    rule: str
    message: str
    path: str
    span: Span
    severity: Severity
    symbol: str = ""
    line_text: str = ""
    ordinal: int = 0
    fix: ToolFix | None = None
    statement: str = ""

    @property
    def fingerprint(self) -> str:
        """Digest that survives moved lines and other formatting: 16 hexadecimal digits.

        It keys runs and baselines. Where both texts are at hand, findings are compared by them.
        """
        parts = (
            self.tool,
            self.rule,
            self.path,
            self.symbol,
            masked(self.message),
            self.statement or normalised(self.line_text),
            str(self.ordinal),
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def masked(message: str) -> str:
    """Returns the message with every number masked, so that counts and lines do not matter.

    Digits that are part of a name stay.
    """
    return _NUMBER.sub("#", message)


def normalised(line: str) -> str:
    """Returns the line with runs of white space folded into one blank and the ends stripped."""
    return _SPACE.sub(" ", line).strip()


def with_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """Returns the text with every edit made, last place first; edits must not overlap."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def offset(line: int, column: int) -> int:
        return min(starts[line - 1] + column - 1, len(text)) if line <= len(starts) else len(text)

    def place(edit: TextEdit) -> tuple[int, int]:
        return edit.span.start_line, edit.span.start_column

    for edit in sorted(edits, key=place, reverse=True):
        start = offset(edit.span.start_line, edit.span.start_column)
        end = offset(edit.span.end_line, edit.span.end_column)
        text = text[:start] + edit.content + text[end:]
    return text
