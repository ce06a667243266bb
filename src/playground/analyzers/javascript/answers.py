"""What a worker's answer says, checked before it is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydantic import BaseModel, ValidationError

from playground.analyzers.javascript.client import Answer
from playground.analyzers.reporting import RawFinding, one_line
from playground.domain.findings import Severity, Span, TextEdit, ToolFix
from playground.domain.verdicts import CheckStatus

_Span = tuple[int, int, int, int]


class _Fix(BaseModel):
    safe: bool
    message: str
    span: _Span
    text: str


class _Found(BaseModel):
    path: str
    rule: str
    message: str
    span: _Span
    symbol: str
    fix: _Fix | None = None


class _Failed(BaseModel):
    path: str
    why: str


class Report(BaseModel):
    """One answer: what was found, the files that were looked at, and those without an answer."""

    planted: bool
    findings: list[_Found]
    checked: list[str]
    failed: list[_Failed]


def report_in(answer: Answer, *, paths: Iterable[str]) -> Report | None:
    """Returns what an answer says about these files, None when it is none to be believed."""
    if answer.status is not CheckStatus.OK:
        return None
    try:
        report = Report.model_validate(answer.members)
    except ValidationError:
        return None
    asked = set(paths)
    named = {item.path for item in (*report.findings, *report.failed)} | set(report.checked)
    spans = [found.span for found in report.findings]
    believable = report.planted and named <= asked and all(min(span) >= 1 for span in spans)
    return report if believable else None


def raw_findings(report: Report, *, severity: Callable[[str], Severity]) -> list[RawFinding]:
    """Returns the findings of a report."""
    return [
        RawFinding(
            rule=found.rule,
            message=one_line(found.message),
            path=found.path,
            span=Span(*found.span),
            severity=severity(found.rule),
            fix=_tool_fix(found.fix),
            symbol=found.symbol,
        )
        for found in report.findings
    ]


def _tool_fix(fix: _Fix | None) -> ToolFix | None:
    if fix is None:
        return None
    edit = TextEdit(Span(*fix.span), fix.text)
    return ToolFix("safe" if fix.safe else "unsafe", one_line(fix.message), (edit,))
