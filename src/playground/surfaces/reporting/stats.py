"""Counts over the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from playground.domain.events import DecisionTaken, ProposalMade
from playground.domain.proposals import Approved, Rejected
from playground.domain.runs import Run
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import counted, seconds_in_words
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView

REQUESTS = "(requests)"
"""The row of runs that were asked for in words."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of the runs of one rule.

    Attributes:
        rule: the rule's id, or `REQUESTS`.
        runs: how many were opened.
        proposed: how many showed a proposal.
        approved: how many were approved.
        rejected: how many were rejected.
        gave_up: how many ended without a proposal.
        tokens: prompt and completion tokens.
        seconds: median seconds of work.
    """

    rule: str
    runs: int
    proposed: int
    approved: int
    rejected: int
    gave_up: int
    tokens: int
    seconds: float


def rows_of(runs: Iterable[Run]) -> list[Row]:
    """Returns one row for each rule, the most frequent first."""
    by_rule: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_rule[run.task.finding.rule if run.task.finding else REQUESTS].append(run)
    rows = [row_of(rule, runs=group) for rule, group in by_rule.items()]
    return sorted(rows, key=lambda row: (-row.runs, row.rule))


def row_of(rule: str, *, runs: Sequence[Run]) -> Row:
    """Returns the counts of these runs under one name."""
    return Row(
        rule=rule,
        runs=len(runs),
        proposed=sum(any(isinstance(e, ProposalMade) for e in run.events) for run in runs),
        approved=sum(_decided(run, Approved) for run in runs),
        rejected=sum(_decided(run, Rejected) for run in runs),
        gave_up=sum(run.ended is not None and run.ended.outcome == "gave_up" for run in runs),
        tokens=sum(run.usage.total for run in runs),
        seconds=median(run.seconds for run in runs),
    )


def _decided(run: Run, kind: type[Approved | Rejected]) -> bool:
    return any(isinstance(e, DecisionTaken) and isinstance(e.decision, kind) for e in run.events)


def show_stats(app: AppView, *, root: str, screen: Screen) -> None:
    """Prints the counts of one repository, or of all for an empty root."""
    runs = app.journal.runs(root=root)
    if not runs:
        screen.show("No run is recorded here yet; try `playground improve PATH`.")
        return
    numbers = ("runs", "shown", "yes", "no", "gave up", "tokens", "median")
    made = table("rule", *numbers, numbers=numbers)
    for row in [*rows_of(runs), row_of("all", runs=runs)]:
        counts = (row.runs, row.proposed, row.approved, row.rejected, row.gave_up)
        cells = [*(str(count) for count in counts), f"{row.tokens:,}"]
        made.add_row(plain(row.rule), *cells, seconds_in_words(row.seconds))
    screen.show(made)
    screen.show(f"{counted(app.memory.count(), 'episode')} in memory")
