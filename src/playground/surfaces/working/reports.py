"""The course of `improve`, told to a person or to a program."""

from __future__ import annotations

from rich.text import Text

from playground.domain.ports import Survey, Workspace
from playground.surfaces.asking.conversation import Answer, show_proposal
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import (
    counted,
    not_read,
    origin,
    place,
    seconds_in_words,
    tokens_in_words,
)
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.improving import no_answers
from playground.surfaces.working.lines import json_line, result_object, summary_object
from playground.surfaces.working.outcomes import Outcome, Result, Totals

_MARKS = {
    Outcome.PROPOSED: ("+", "green"),
    Outcome.GAVE_UP: ("-", "yellow"),
    Outcome.SKIPPED: ("o", "dim"),
    Outcome.ERROR: ("!", "red"),
}
_REASONS_MAX = 8


class LinesReport:
    """One JSON object a line on standard output and nothing else there."""

    def __init__(self, screen: Screen, *, workspace: Workspace) -> None:
        """Takes where to write and what diffs are read from."""
        self._screen = screen
        self._workspace = workspace

    def surveyed(self, survey: Survey, *, tasks: int) -> None:
        """Says on standard error how much there is to do."""
        found = counted(len(survey.findings), "finding")
        self._screen.tell(f"{found} in {counted(survey.files, 'file')}, {tasks:,} to try.")

    def finished(self, result: Result) -> None:
        """Writes the finding's line."""
        self._screen.raw(json_line(result_object(result, workspace=self._workspace)))

    def ended(self, totals: Totals, *, survey: Survey) -> None:
        """Writes the summary's line."""
        self._screen.raw(json_line(summary_object(totals, survey=survey)))


class WordsReport:
    """Words on standard error; proposals that nobody is asked about on standard output."""

    def __init__(self, app: AppView, *, screen: Screen, asks: bool) -> None:
        """Takes the product, the screen, and whether a conversation shows the proposals."""
        self._app = app
        self._screen = screen
        self._asks = asks

    def surveyed(self, survey: Survey, *, tasks: int) -> None:
        """Says what was found and which analyzers gave no answer."""
        found = counted(len(survey.findings), "finding")
        self._screen.tell(f"{found} in {counted(survey.files, 'file')}, {tasks:,} to try.")
        for sentence in no_answers(survey.checks):
            self._screen.tell(sentence, style="yellow")
        for line in not_read(survey.skipped):
            self._screen.tell(line, style="dim")

    def finished(self, result: Result) -> None:
        """Says what became of a finding; shows its proposal where nobody is asked."""
        mark, style = _MARKS[result.outcome]
        line = Text.assemble((f"{mark} ", style), plain(_line_of(result)))
        self._screen.err.print(line, soft_wrap=not self._screen.err.is_terminal)
        run = result.run
        if not self._asks and run is not None and run.waiting is not None:
            show_proposal(self._app, run=run, proposal=run.waiting, screen=self._screen)

    def ended(self, totals: Totals, *, survey: Survey) -> None:
        """Says the sums and the reasons."""
        del survey
        self._screen.tell("")
        self._screen.tell(_sums(totals), style="bold")
        for reason, times in totals.reasons[:_REASONS_MAX]:
            self._screen.tell(f"  {times} times: {reason}" if times > 1 else f"  once: {reason}")
        hidden = len(totals.reasons) - _REASONS_MAX
        if hidden > 0:
            self._screen.tell(f"  and {counted(hidden, 'other reason')}")
        for path in totals.unread:
            self._screen.tell(f"Nothing was looked at in {path}.", style="yellow")
        if totals.waiting:
            waiting = counted(totals.waiting, "proposal")
            written = "" if self._asks else "Nothing was written. "
            self._screen.tell(f"{written}{waiting} waiting for you: `playground review --all`.")


def _line_of(result: Result) -> str:
    subject = _subject(result)
    cost = f"{tokens_in_words(result.usage)}, {seconds_in_words(result.seconds)}"
    if result.outcome is Outcome.PROPOSED and result.run is not None:
        proposal = result.run.proposal
        source = origin(proposal.provenance) if proposal else ""
        return f"{subject}: proposed, {source or cost}"
    words = result.outcome.value.replace("_", " ")
    return f"{subject}: {words}, {cost}. {result.reason}"


def _subject(result: Result) -> str:
    if result.finding is not None:
        return f"{result.finding.rule} {place(result.finding)}"
    return result.run.task.goal if result.run else "request"


def _sums(totals: Totals) -> str:
    parts = [
        counted(totals.findings, "finding"),
        f"{totals.count(Outcome.PROPOSED)} proposed",
        f"{totals.answered(Answer.APPROVED)} approved",
        f"{totals.answered(Answer.REJECTED)} rejected",
        f"{totals.count(Outcome.GAVE_UP)} given up",
        f"{totals.count(Outcome.SKIPPED)} skipped",
        f"{totals.count(Outcome.ERROR)} failed",
        f"{totals.beyond} not tried",
    ]
    shown = [*parts[:2], *(p for p in parts[2:] if not p.startswith("0 "))]
    return ", ".join([*shown, tokens_in_words(totals.usage), seconds_in_words(totals.seconds)])
