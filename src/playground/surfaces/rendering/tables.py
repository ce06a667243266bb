"""Tables and lists that stay readable from 40 columns upwards and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from playground.domain.findings import Finding, Severity
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.sentences import place

SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
"""How a rule's id is coloured."""


def table(*headings: str, numbers: Sequence[str] = ()) -> Table:
    """Returns an empty table; columns named in `numbers` are aligned to the right."""
    made = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        right = heading in numbers
        made.add_column(heading, justify="right" if right else "left", overflow="fold")
    return made


def findings_list(findings: Sequence[Finding]) -> Text:
    """Returns a line for each finding as compilers write them, which editors can follow."""
    lines = [
        Text.assemble(
            plain(f"{place(finding)}:{finding.span.start_column}: "),
            plain(finding.rule, style=SEVERITY_STYLES[finding.severity]),
            plain(f" {finding.message}"),
        )
        for finding in findings
    ]
    return Text("\n").join(lines)
