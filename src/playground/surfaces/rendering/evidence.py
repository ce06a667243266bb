"""A proposal as a person sees it: the change first, then everything that is proved about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from playground.domain.episodes import Episode
from playground.domain.proposals import Proposal
from playground.domain.runs import Run
from playground.domain.verdicts import CheckStatus, CheckSummary, RiskTier, Verdict
from playground.surfaces.rendering.diffs import coloured, size_of
from playground.surfaces.rendering.screen import COLUMNS_MIN, plain
from playground.surfaces.rendering.sentences import (
    MEANINGS_OF_RISK,
    counted,
    money_in_words,
    origin,
    place,
    seconds_in_words,
    tokens_in_words,
)
from playground.surfaces.rendering.tables import Trimmed

_RISK_STYLES = {
    RiskTier.A: "green",
    RiskTier.B: "green",
    RiskTier.C: "yellow",
    RiskTier.D: "red",
}
_RECEIPT_DIGITS = 8
DIGEST_DIGITS_MIN = 8
"""Digits of a proposal's digest that name it on the command line at least."""


def proposal_view(run: Run, *, proposal: Proposal, diff: str) -> RenderableType:
    """Returns the whole page of a proposal.

    Args:
        run: the run it belongs to.
        proposal: what to show.
        diff: unified diff of the patch.
    """
    head = Text.assemble(
        ("Proposal ", "bold"), (run.id, "bold cyan"), "  risk ", _risk(proposal.risk)
    )
    return Group(
        Text("─" * COLUMNS_MIN, style="dim"),
        head,
        plain(proposal.goal, style="bold"),
        Text(),
        coloured(diff),
        Text(),
        _facts(run, proposal),
    )


def _risk(risk: RiskTier) -> Text:
    return Text(f"{risk}", style=_RISK_STYLES[risk])


def _facts(run: Run, proposal: Proposal) -> Trimmed:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True, min_width=8)
    table.add_column(overflow="fold", ratio=1)
    for label, lines in _rows(run, proposal):
        if lines:
            table.add_row(label, plain("\n".join(lines)))
    return Trimmed(table)


def _rows(run: Run, proposal: Proposal) -> list[tuple[str, Sequence[str]]]:
    verdict = proposal.verdict
    meaning = MEANINGS_OF_RISK[proposal.risk]
    critique = proposal.critique
    return [
        ("Rule", _rule_lines(run)),
        ("Files", [_file_line(proposal, index) for index in range(len(proposal.patch.files))]),
        ("Fixed", _fixed_lines(verdict)),
        ("Added", [f"{f.rule} {place(f)}" for f in verdict.added] or ["none"]),
        ("Checked", [_check_line(check) for check in verdict.checks]),
        ("Source", [origin(proposal.provenance)]),
        ("Cost", _cost_lines(run)),
        ("Risk", [f"{proposal.risk}: {meaning}", *verdict.evidence]),
        ("Review", [f"{critique.advice}: {critique.text} ({critique.by})"] if critique else []),
        ("Memory", _memory_lines(run, proposal)),
        ("Notes", proposal.notes),
        ("Digest", [proposal.digest[:16]]),
    ]


def _rule_lines(run: Run) -> list[str]:
    finding = run.task.finding
    if finding is None:
        return []
    return [f"{finding.tool} {finding.rule}: {finding.message}"]


def _fixed_lines(verdict: Verdict) -> list[str]:
    """Says what is gone and how; several findings of one rule in one line stand together."""
    lines = Counter(f"{v.finding.rule} {place(v.finding)} ({v.how})" for v in verdict.fixed)
    return [line if times == 1 else f"{line}, {times} times" for line, times in lines.items()]


def _file_line(proposal: Proposal, index: int) -> str:
    change = proposal.patch.files[index]
    added, removed = size_of(change)
    kind = ", new file" if change.is_new else ""
    return f"{change.path} (+{added} -{removed}{kind})"


def _check_line(check: CheckSummary) -> str:
    head = f"{check.tool} {check.version}".strip()
    if check.status is CheckStatus.OK:
        room = f", receipt {check.receipt[:_RECEIPT_DIGITS]}" if check.receipt else ""
        return f"{head}, {seconds_in_words(check.seconds)}{room}"
    return f"{head}: no answer ({check.status}) {check.detail}".rstrip()


def _cost_lines(run: Run) -> list[str]:
    """Says what the whole run spent, where that is more than what the source line says."""
    asked = [g for g in run.generations if g.usage.total]
    if len(asked) < 2:
        return []
    names = ", ".join(dict.fromkeys(g.engine for g in asked if g.engine))
    spent = [tokens_in_words(run.usage), seconds_in_words(run.seconds), money_in_words(run.cost)]
    said = ", ".join(part for part in spent if part)
    return [f"the whole run {said}{' of ' + names if names else ''}"]


def _memory_lines(run: Run, proposal: Proposal) -> list[str]:
    shown = proposal.provenance.episodes
    if not shown:
        return []
    recalled = (*run.recalled.recalled, *run.recalled.avoid) if run.recalled else ()
    known = {r.episode.id: r.episode for r in recalled}
    goals = [_remembered(i, known.get(i)) for i in shown]
    recipe = proposal.provenance.recipe
    told = f"the recipe {recipe} was learned from" if recipe else "the prompt showed"
    return [f"{told} {counted(len(shown), 'episode')}", *goals]


def _remembered(name: str, episode: Episode | None) -> str:
    if episode is None:
        return name
    return f"{name} ({episode.outcome}): {episode.goal or 'forgotten since'}"
