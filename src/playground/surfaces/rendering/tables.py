"""Tables and lists that stay readable from 40 columns upwards and in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from playground.domain.findings import Finding, Severity
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.sentences import place

SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
"""How a rule's id is coloured."""

_INDENT = 2


class Rows:
    """A table with headings; where words would be broken, each row becomes a short paragraph."""

    def __init__(self, headings: Sequence[str], *, numbers: Sequence[str]) -> None:
        """Takes the headings and which of them stand over numbers."""
        self._headings = tuple(headings)
        self._numbers = frozenset(numbers)
        self._rows: list[tuple[Text, ...]] = []

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def add_row(self, *cells: str | Text) -> None:
        """Adds a row with a cell for each heading."""
        self._rows.append(tuple(plain(c) if isinstance(c, str) else c for c in cells))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields the table, or its rows as paragraphs."""
        del console
        if self._width_min() <= options.max_width:
            yield Trimmed(self._as_table())
        else:
            columns = options.max_width
            yield from (Trimmed(self._paragraph(r, columns=columns)) for r in self._rows)

    def _width_min(self) -> int:
        """Returns the columns that are needed when no word is broken."""
        widths = [
            max(cell_len(w) for text in (heading, *cells) for w in self._unbroken(heading, text))
            for heading, *cells in self._columns()
        ]
        return sum(widths) + len(widths) - 1

    def _columns(self) -> Iterator[tuple[str, ...]]:
        for index, heading in enumerate(self._headings):
            yield heading, *(row[index].plain for row in self._rows)

    def _unbroken(self, heading: str, text: str) -> list[str]:
        whole = heading in self._numbers and text != heading
        return [text] if whole else text.split() or [""]

    def _as_table(self) -> Table:
        made = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
        for heading in self._headings:
            right = heading in self._numbers
            made.add_column(heading, justify="right" if right else "left", overflow="fold")
        for row in self._rows:
            made.add_row(*row)
        return made

    def _paragraph(self, row: tuple[Text, ...], *, columns: int) -> Group:
        """Returns the row with its first cell above the others; no heading leaves its cell."""
        named = zip(self._headings[1:], row[1:], strict=True)
        said = [Text.assemble((f"{name} ", "dim"), cell) for name, cell in named if cell.plain]
        lines: list[Text] = []
        for each in said:
            longer = Text(" · ").join([lines[-1], each]) if lines else each
            if lines and longer.cell_len <= columns - _INDENT:
                lines[-1] = longer
            else:
                lines.append(each)
        return Group(row[0], Padding(Text("\n").join(lines), (0, 0, 0, _INDENT)))


class Trimmed:
    """Something whose lines end with their last letter, so that a pipe or a copy gets no blanks."""

    def __init__(self, what: RenderableType) -> None:
        """Takes what is printed."""
        self._what = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields its lines."""
        for line in console.render_lines(self._what, options, pad=False):
            kept = list(line)
            while kept and not kept[-1].text.strip():
                kept.pop()
            if kept:
                last = kept.pop()
                kept.append(Segment(last.text.rstrip(), last.style))
            yield from kept
            yield Segment.line()


def table(*headings: str, numbers: Sequence[str] = ()) -> Rows:
    """Returns an empty table; columns named in `numbers` are aligned to the right."""
    return Rows(headings, numbers=numbers)


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
