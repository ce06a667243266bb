"""Tables that stay readable from 40 columns upwards and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from playground.domain.findings import Finding, Severity
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.sentences import place

_SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def table(*headings: str, numbers: Sequence[str] = ()) -> Table:
    """Returns an empty table; columns named in `numbers` are aligned to the right."""
    made = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        right = heading in numbers
        made.add_column(heading, justify="right" if right else "left", overflow="fold")
    return made


def findings_table(findings: Sequence[Finding]) -> Table:
    """Returns one row for each finding: place, rule, message."""
    made = table("place", "rule", "message")
    for finding in findings:
        made.add_row(
            plain(place(finding)),
            plain(finding.rule, style=_SEVERITY_STYLES[finding.severity]),
            plain(finding.message),
        )
    return made
