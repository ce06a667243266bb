"""SARIF 2.1.0, the format that code scanning services and editors read.

One run for each analyzer, because a run has one tool. Places count code points, as everywhere in
Playground, and paths are relative to the repository's root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import quote

from playground import __version__
from playground.domain.findings import Finding, Span, ToolFix
from playground.domain.ports import RuleCard
from playground.domain.verdicts import Check, CheckStatus
from playground.surfaces.reporting.checked import Checked, Known, State

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
"""Where the format is described."""

_ROOT = "%SRCROOT%"
_FINGERPRINT = "playground/v1"
_Object = dict[str, object]


def sarif_log(checked: Checked, *, explain: Callable[[Finding], RuleCard]) -> _Object:
    """Returns what was found as a SARIF log.

    Args:
        checked: what was found.
        explain: gives the card of a finding's rule.
    """
    notes = _notes(checked)
    runs: list[_Object] = []
    for check in checked.checks:
        runs.append(_run(check, checked, explain=explain, notes=notes))
        notes = []
    cleaned = cast("list[object]", _clean(runs))
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": cleaned}


def _run(
    check: Check,
    checked: Checked,
    *,
    explain: Callable[[Finding], RuleCard],
    notes: Sequence[_Object],
) -> _Object:
    findings = [f for f in checked.findings if f.tool == check.tool]
    absent = [k for k in checked.absent if k.tool == check.tool]
    cards = {f.rule: _rule(explain(f), f) for f in reversed(findings)}
    for known in absent:
        cards.setdefault(known.rule, {"id": known.rule})
    order = {rule: index for index, rule in enumerate(sorted(cards))}
    results = [_result(f, order[f.rule], checked.state(f)) for f in findings]
    results += [_absent(k, order[k.rule]) for k in absent]
    driver: _Object = {"name": check.tool, "rules": [cards[rule] for rule in order]}
    if check.version:
        driver["version"] = check.version
    playground = {"name": "Playground", "version": __version__}
    root = Path(checked.root).as_uri().rstrip("/") + "/"
    return {
        "tool": {"driver": driver, "extensions": [playground]},
        "automationDetails": {"id": f"playground/{check.tool}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": root}},
        "invocations": [_invocation(check, notes)],
        "results": results,
    }


def _invocation(check: Check, notes: Sequence[_Object]) -> _Object:
    answered = check.status is CheckStatus.OK
    said = list(notes)
    if not answered:
        text = f"{check.tool} gave no answer ({check.status}): {check.detail or 'no detail'}"
        said.insert(0, {"level": "error", "message": _message(text)})
    return {"executionSuccessful": answered, "toolExecutionNotifications": said}


def _notes(checked: Checked) -> list[_Object]:
    """Returns what was not read, as notifications."""
    return [
        {
            "level": "warning",
            "message": _message(f"Not read: {path} ({reason})"),
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
        }
        for path, reason in checked.skipped
    ]


def _rule(card: RuleCard, finding: Finding) -> _Object:
    rule: _Object = {
        "id": finding.rule,
        "defaultConfiguration": {"level": finding.severity.value},
    }
    if card.name:
        rule["name"] = card.name
    if card.summary:
        rule["shortDescription"] = _message(card.summary)
    if card.why:
        rule["fullDescription"] = _message(card.why)
    if card.summary or card.why:
        rule["help"] = {**_message(_help(card)), "markdown": _markdown(card)}
    return rule


def _help(card: RuleCard) -> str:
    parts = [card.summary, card.why]
    if card.example:
        parts.append(f"Breaks the rule:\n\n{card.example.rstrip()}")
    if card.instead:
        parts.append(f"Instead:\n\n{card.instead.rstrip()}")
    return "\n\n".join(part for part in parts if part)


def _markdown(card: RuleCard) -> str:
    parts = [card.summary, card.why]
    if card.example:
        parts.append(f"Breaks the rule:\n\n````\n{card.example.rstrip()}\n````")
    if card.instead:
        parts.append(f"Instead:\n\n````\n{card.instead.rstrip()}\n````")
    return "\n\n".join(part for part in parts if part)


def _result(finding: Finding, index: int, state: State | None) -> _Object:
    physical = {
        "artifactLocation": _artifact(finding.path),
        "region": _region(finding.span),
    }
    location: _Object = {"physicalLocation": physical}
    if finding.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.symbol}]
    result: _Object = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": _message(finding.message),
        "locations": [location],
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
    }
    if state is not None:
        result["baselineState"] = state.value
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix, finding.path)]
    return result


def _absent(known: Known, index: int) -> _Object:
    return {
        "ruleId": known.rule,
        "ruleIndex": index,
        "message": _message(known.message),
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(known.path)}}],
        "partialFingerprints": {_FINGERPRINT: known.fingerprint},
        "baselineState": State.ABSENT.value,
    }


def _fix(fix: ToolFix, path: str) -> _Object:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(path), "replacements": replacements}
    return {
        "description": _message(fix.message or "The analyzer's own fix"),
        "artifactChanges": [change],
        "properties": {"applicability": fix.applicability},
    }


def _region(span: Span) -> dict[str, int]:
    """Returns the range; an end before its start, which the format forbids, becomes empty."""
    start = (max(1, span.start_line), max(1, span.start_column))
    end = max(start, (span.end_line, max(1, span.end_column)))
    return {
        "startLine": start[0],
        "startColumn": start[1],
        "endLine": end[0],
        "endColumn": end[1],
    }


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, safe="/", errors="replace"), "uriBaseId": _ROOT}


def _message(text: str) -> dict[str, str]:
    return {"text": text}


def _clean(value: object) -> object:
    """Returns the value with half characters escaped, which JSON's readers refuse."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {key: _clean(member) for key, member in members.items()}
    if isinstance(value, list):
        return [_clean(item) for item in cast("list[object]", value)]
    return value
