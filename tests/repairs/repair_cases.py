"""The cases of `tests/cases/repairs`: what the built-in recipes change, and what they leave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

import yaml

from playground.domain.findings import Finding, Severity, Span

CASES = Path(__file__).parents[1] / "cases" / "repairs"


class _Case(TypedDict, total=False):
    what: str
    message: str
    before: str
    after: str


class _File(TypedDict):
    tool: str
    rule: str
    cases: list[_Case]


@dataclass(frozen=True)
class Case:
    """A finding with the code around it, and that code repaired, None where it is left."""

    what: str
    finding: Finding
    before: str
    after: str | None

    @property
    def name(self) -> str:
        return f"{self.finding.rule}: {self.what}"


def cases() -> list[Case]:
    """Returns every case; a finding's place is what stands between the marks « and »."""
    found: list[Case] = []
    for path in sorted(CASES.glob("*.yaml")):
        file = cast("_File", yaml.safe_load(path.read_text("utf-8")))
        for one in file["cases"]:
            marked = one.get("before", "")
            text = marked.replace("«", "").replace("»", "")
            start = _place(marked.partition("«")[0])
            end = _place(marked.partition("»")[0].replace("«", ""))
            finding = Finding(
                tool=file["tool"],
                rule=file["rule"],
                message=one.get("message", file["rule"]),
                path="pkg/__init__.py" if file["rule"] == "F401" else "pkg/code.py",
                span=Span(*start, *end),
                severity=Severity.WARNING,
                symbol="",
                line_text=text.split("\n")[start[0] - 1],
            )
            found.append(Case(one.get("what", ""), finding, text, one.get("after")))
    return found


def _place(before: str) -> tuple[int, int]:
    lines = before.split("\n")
    return len(lines), len(lines[-1]) + 1
