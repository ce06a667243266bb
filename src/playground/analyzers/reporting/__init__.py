"""From a tool's own words to findings: symbols, ordinals and lines are worked out here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from playground.analyzers.reporting.counting import Counting
from playground.domain.findings import Finding, Severity, Span, ToolFix, masked, normalised
from playground.domain.outlines import outline_of
from playground.domain.ports import Mirror


@dataclass(frozen=True, slots=True)
class RawFinding:
    """What a tool said about one place, see `Finding` for the members.

    `symbol` is None where the tool does not know it; in Python it is then read from the syntax.
    """

    rule: str
    message: str
    path: str
    span: Span
    severity: Severity
    fix: ToolFix | None = None
    symbol: str | None = None


def text_of(mirror: Mirror, path: str) -> str:
    """Returns a mirrored file's text, the overlay's where it has one."""
    overlaid = mirror.overlay.get(path)
    return overlaid if overlaid is not None else (mirror.root / path).read_bytes().decode("utf-8")


def absolute_paths(mirror: Mirror, paths: Iterable[str]) -> dict[str, str]:
    """Returns the relative path by the absolute one that a tool is given."""
    return {str(mirror.root / path): path for path in paths}


def path_in(names: dict[str, str], reported: str) -> str | None:
    """Returns the relative path of a file that a tool reports, None when it was not asked for."""
    return names.get(reported) or names.get(str(Path(reported).resolve()))


def findings_of(
    tool: str, *, raw: Iterable[RawFinding], mirror: Mirror, counting: Counting | None = None
) -> tuple[Finding, ...]:
    """Returns the findings in the order of path, line and column; each file is parsed once.

    Args:
        tool: the analyzer's name.
        raw: what it said.
        mirror: the tree.
        counting: how the tool counts lines and columns, None where as we do.
    """
    ordered = sorted(raw, key=lambda r: (r.path, _position(r.span), r.rule, r.message))
    seen: Counter[tuple[str, ...]] = Counter()
    findings: list[Finding] = []
    outline = outline_of("", text="")
    translate = None
    path = ""
    for said in ordered:
        if said.path != path:
            path = said.path
            text = text_of(mirror, path)
            outline = outline_of(path, text=text)
            translate = counting.translation(text) if counting else None
        item = said if translate is None else _translated(said, translate)
        line = item.span.start_line
        line_text, statement = outline.line_at(line), outline.statement_at(line)
        symbol = outline.symbol_at(line) if item.symbol is None else item.symbol
        key = (item.rule, path, symbol, masked(item.message), statement or normalised(line_text))
        findings.append(
            Finding(
                tool=tool,
                rule=item.rule,
                message=item.message,
                path=path,
                span=item.span,
                severity=item.severity,
                symbol=symbol,
                line_text=line_text,
                ordinal=seen[key],
                fix=item.fix,
                statement=statement,
            )
        )
        seen[key] += 1
    return tuple(findings)


def _translated(item: RawFinding, translate: Callable[[Span], Span]) -> RawFinding:
    fix = item.fix
    if fix is not None:
        fix = replace(fix, edits=tuple(replace(e, span=translate(e.span)) for e in fix.edits))
    return replace(item, span=translate(item.span), fix=fix)


def _position(span: Span) -> tuple[int, int, int, int]:
    return span.start_line, span.start_column, span.end_line, span.end_column


def one_line(message: str, *, characters_max: int = 400) -> str:
    """Returns a message of several lines as one, with white space folded and its tail cut off.

    Type checkers explain some errors in a hundred lines, of which the first say what is wrong.
    """
    folded = " ".join(message.split())
    return folded if len(folded) <= characters_max else folded[: characters_max - 1] + "…"
