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
    seconds_in_words,
    subject,
    tokens_in_words,
)
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView


def show_run(app: AppView, *, run: Run, screen: Screen) -> None:
    """Prints every event in words, then the change with its evidence."""
    cost = f"{tokens_in_words(run.usage)}, {seconds_in_words(run.seconds)} of work"
    screen.show(plain(f"Run {run.id} in {run.task.root}, {cost}", style="bold"))
    for number, event in enumerate(run.events, start=1):
        screen.show(Text.assemble((f"{number:>3}  ", "dim"), plain(event_in_words(event))))
    if run.proposal is not None:
        show_proposal(app, run=run, proposal=run.proposal, screen=screen)
        return
    for candidate in run.candidates[-1:]:
        screen.show(plain(f"\nThe last candidate, {candidate.id}, which was not proposed:"))
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
