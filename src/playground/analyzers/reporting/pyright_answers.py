"""From pyright's own words, on its command line or as a server, to findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from pydantic import BaseModel

from playground.analyzers.reporting import RawFinding, one_line, text_of
from playground.analyzers.reporting.counting import Counting, lines_of
from playground.domain.findings import Severity, Span
from playground.domain.ports import Mirror

UNNAMED = "syntax"
"""The rule of what pyright reports without one."""

SUFFIXES = (".py", ".pyi")
"""Endings of the files that pyright reads."""

COUNTING = Counting(counts_mark=True)
"""How pyright counts."""

_IMPORT = re.compile(r'Import "([^"]+)"')


class _Position(BaseModel):
    line: int
    character: int


class TextRange(BaseModel):
    """A place in a file: lines and UTF-16 code units, both from 0."""

    start: _Position
    end: _Position


class Statement(BaseModel):
    """What pyright says about one place in a file that we asked about.

    Attributes:
        path: POSIX path relative to the mirror's root.
        severity: how bad it is.
        message: its words, several lines at times.
        range: where.
        rule: its rule, None for broken syntax and the like.
    """

    path: str
    severity: Severity
    message: str
    range: TextRange
    rule: str | None


def raw_findings(statements: Iterable[Statement], *, mirror: Mirror) -> list[RawFinding]:
    """Returns findings with columns in code points, without imports of what is not installed.

    Lines are still those of `COUNTING`.
    """
    lines: dict[str, list[str]] = {}
    modules = {
        part
        for path in mirror.paths
        if path.endswith(SUFFIXES)
        for part in PurePosixPath(path).with_suffix("").parts
    }
    found: list[RawFinding] = []
    for item in statements:
        if item.rule == "reportMissingImports" and not _is_own(item.message, modules):
            continue
        if item.path not in lines:
            lines[item.path] = lines_of(text_of(mirror, item.path))
        found.append(
            RawFinding(
                rule=item.rule or UNNAMED,
                message=one_line(item.message),
                path=item.path,
                span=_span(item.range, lines[item.path]),
                severity=item.severity,
            )
        )
    return found


def _is_own(message: str, modules: set[str]) -> bool:
    """Whether an unresolved import means a module of the repository.

    Others are missing because this machine does not have them installed; whether a candidate may
    import them is decided from the declared dependencies.
    """
    match = _IMPORT.search(message)
    return match is not None and (match[1].startswith(".") or match[1].split(".")[0] in modules)


def _span(found: TextRange, lines: Sequence[str]) -> Span:
    start, end = found.start, found.end
    return Span(
        start.line + 1,
        _column(lines, start),
        end.line + 1,
        _column(lines, end),
    )


def _column(lines: Sequence[str], position: _Position) -> int:
    """Turns an offset in UTF-16 code units from 0 into a column in code points from 1."""
    line = lines[position.line] if position.line < len(lines) else ""
    if line.isascii():
        return position.character + 1
    units = line.encode("utf-16-le")[: position.character * 2]
    return len(units.decode("utf-16-le", "ignore")) + 1
