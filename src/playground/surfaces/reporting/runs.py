"""One run from its first event to its last, and lists of runs."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from playground.domain.runs import Run
from playground.surfaces.asking.conversation import show_proposal
from playground.surfaces.rendering.diffs import coloured, patch_text
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import (
    event_in_words,
    place,
    seconds_in_words,
    subject,
    tokens_in_words,
)
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView


def show_run(app: AppView, *, run: Run, screen: Screen, every: bool = False) -> None:
    """Prints every event in words, then the change with its evidence.

    Args:
        app: the product.
        run: what to tell.
        screen: where.
        every: whether candidates that were not proposed are shown too; without it only the last
            one, and that only where nothing was proposed.
    """
    cost = f"{tokens_in_words(run.usage)}, {seconds_in_words(run.seconds)} of work"
    screen.show(plain(f"Run {run.id} in {run.task.root}, {cost}", style="bold"))
    for number, event in enumerate(run.events, start=1):
        screen.show(Text.assemble((f"{number:>3}  ", "dim"), plain(event_in_words(event))))
    proposal = run.proposal
    if proposal is not None:
        show_proposal(app, run=run, proposal=proposal, screen=screen)
    rest = [c for c in run.candidates if proposal is None or c.id != proposal.candidate_id]
    for candidate in rest if every else rest[-1:] if proposal is None else ():
        which = "Candidate" if every else "The last candidate,"
        screen.show(plain(f"\n{which} {candidate.id}, which was not proposed:"))
        verdict = run.verdicts.get(candidate.id)
        for gone in verdict.fixed if verdict else ():
            how = f"{gone.finding.rule} {place(gone.finding)} went away: {gone.how}"
            screen.show(plain(f"  {how}", style="dim"))
        root = Path(run.task.root)
        screen.show(coloured(patch_text(candidate.patch, root=root, workspace=app.workspace)))


def show_open_runs(app: AppView, *, root: str, screen: Screen) -> None:
    """Prints the runs that have not ended, oldest first."""
    runs = app.journal.runs(root=root, open_only=True)
    if not runs:
        screen.show("No run is open.")
        return
    made = table("run", "state", "about")
    for run in runs:
        state = "waits for you" if run.waiting is not None else "interrupted"
        made.add_row(run.id, state, plain(subject(run)))
    screen.show(made)
