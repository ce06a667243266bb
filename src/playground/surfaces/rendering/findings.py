"""Findings for a person on a terminal, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from playground.domain.findings import Finding
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.tables import SEVERITY_STYLES


def findings_by_file(findings: Sequence[Finding]) -> Group:
    """Returns each file's name with its findings below, messages folded beside their places."""
    parts: list[RenderableType] = []
    for path, found in groupby(findings, key=lambda finding: finding.path):
        rows = list(found)
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold", ratio=1)
        for finding in rows:
            place = f"  {finding.span.start_line}:{finding.span.start_column}"
            message = Text.assemble(
                plain(finding.rule, style=SEVERITY_STYLES[finding.severity]),
                plain(f" {finding.message}"),
            )
            grid.add_row(plain(place, style="dim"), message)
        parts += [plain(path, style="bold"), grid]
    return Group(*parts)
