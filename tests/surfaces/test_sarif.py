"""What is written as SARIF holds to the official schema, whatever findings hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker

from playground.domain.findings import Finding, Severity, Span, TextEdit, ToolFix
from playground.domain.ports import RuleCard
from playground.domain.verdicts import Check, CheckStatus
from playground.surfaces.reporting.checked import Checked, Known, known_of
from playground.surfaces.reporting.sarif import sarif_log

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text())


class Validator(Protocol):
    def validate(self, instance: object) -> None: ...

    def is_valid(self, instance: object) -> bool: ...


VALIDATOR = cast("Validator", Draft4Validator(SCHEMA, format_checker=FormatChecker()))
FIX = ToolFix("safe", "Mend it", (TextEdit(Span(1, 1, 1, 3), ""),))
FINDING = Finding(
    "ruff", "F401", "`os` imported", "a.py", Span(1, 8, 1, 10), Severity.NOTE, fix=FIX
)


def explain(finding: Finding) -> RuleCard:
    known = finding.rule == "F401"
    texts = (
        ("unused-import", "An import is unused.", "It costs.", "import os", "") if known else None
    )
    return RuleCard(finding.tool, finding.rule, *(texts or ("", "", "", "", "")))


def checked(*findings: Finding, status: CheckStatus = CheckStatus.OK) -> Checked:
    checks = (
        Check("ruff", "0.17", status, findings, "it hung"),
        Check("text", "1", CheckStatus.OK),
    )
    return Checked("/home/ada/my repo", findings, checks, (("b.py", "is a link"),), files=2)


def log_of(what: Checked) -> dict[str, object]:
    log = json.loads(json.dumps(sarif_log(what, explain=explain)))
    VALIDATOR.validate(log)
    return cast("dict[str, object]", log)


def at(value: object, *path: str | int) -> object:
    for step in path:
        value = cast("dict[str | int, object]", value)[step]
    return value


def test_the_validator_can_say_no() -> None:
    assert not VALIDATOR.is_valid({"version": "2.1.0"})
    log = log_of(checked(FINDING))
    cast("dict[str, object]", at(log, "runs", 0))["columnKind"] = "bytes"
    assert not VALIDATOR.is_valid(log)


def test_a_finding_becomes_a_result_with_place_rule_and_fix() -> None:
    run = at(log_of(checked(FINDING)), "runs", 0)
    result = at(run, "results", 0)
    region = {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 10}
    assert at(result, "locations", 0, "physicalLocation", "region") == region
    assert at(result, "partialFingerprints") == {"playground/v1": FINDING.fingerprint}
    assert at(result, "level") == "note"
    replacement = at(result, "fixes", 0, "artifactChanges", 0, "replacements", 0)
    assert at(replacement, "deletedRegion", "endColumn") == 3
    assert at(run, "columnKind") == "unicodeCodePoints"
    rule = at(run, "tool", "driver", "rules", 0)
    assert at(rule, "id") == at(result, "ruleId") == "F401"
    assert (
        at(rule, "help", "text")
        == "An import is unused.\n\nIt costs.\n\nBreaks the rule:\n\nimport os"
    )
    assert at(run, "originalUriBaseIds", "%SRCROOT%", "uri") == "file:///home/ada/my%20repo/"


def test_an_analyzer_without_an_answer_is_no_success() -> None:
    log = log_of(checked(status=CheckStatus.TIMEOUT))
    invocation = at(log, "runs", 0, "invocations", 0)
    assert at(invocation, "executionSuccessful") is False
    said = at(invocation, "toolExecutionNotifications", 0)
    assert at(said, "level") == "error"
    assert at(said, "message", "text") == "ruff gave no answer (timeout): it hung"
    assert at(log, "runs", 1, "invocations", 0, "executionSuccessful") is True
    unread = at(invocation, "toolExecutionNotifications", 1)
    assert at(unread, "message", "text") == "Not read: b.py (is a link)"


def test_nothing_found_is_said_by_every_analyzer() -> None:
    log = log_of(checked())
    assert [at(log, "runs", i, "results") for i in range(2)] == [[], []]


def test_states_against_a_baseline_are_told() -> None:
    other = replace(FINDING, ordinal=1)
    gone = Known("0" * 16, "old.py", "ruff", "E711", "compared")
    what = replace(
        checked(FINDING, other),
        against="baseline b",
        known=frozenset({FINDING.fingerprint}),
        absent=(gone, known_of(replace(FINDING, tool="text"))),
    )
    log = log_of(what)
    results = cast("list[object]", at(log, "runs", 0, "results"))
    assert [at(r, "baselineState") for r in results] == ["unchanged", "new", "absent"]
    rules = cast("list[object]", at(log, "runs", 0, "tool", "driver", "rules"))
    assert [at(rules[cast("int", at(r, "ruleIndex"))], "id") for r in results] == [
        *("F401", "F401", "E711")
    ]
    assert at(log, "runs", 1, "results", 0, "baselineState") == "absent"


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=20)
NUMBERS = st.integers(-3, 2**31 - 1)
SPANS = st.builds(Span, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
FIXES = st.builds(
    ToolFix,
    ANYTHING,
    ANYTHING,
    st.lists(st.builds(TextEdit, SPANS, ANYTHING), max_size=3).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    tool=st.just("ruff"),
    rule=ANYTHING,
    message=ANYTHING,
    path=ANYTHING,
    span=SPANS,
    severity=st.sampled_from(Severity),
    symbol=ANYTHING,
    fix=st.none() | FIXES,
)


@given(st.lists(FINDINGS, max_size=3), st.sampled_from(CheckStatus))
def test_any_findings_make_a_valid_log(findings: list[Finding], status: CheckStatus) -> None:
    log = log_of(checked(*findings, status=status))
    text = json.dumps(log)
    assert text.isascii()
    text.encode("utf-8")
    for finding, result in zip(
        findings, cast("list[object]", at(log, "runs", 0, "results")), strict=True
    ):
        where = at(result, "locations", 0, "physicalLocation", "artifactLocation")
        uri = cast("str", at(where, "uri"))
        assert uri.isascii()
        assert ":" not in uri
        if finding.path.isprintable():
            assert unquote(uri) == finding.path
