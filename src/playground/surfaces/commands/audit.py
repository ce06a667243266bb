"""Verify that no recorded event was edited, removed or reordered."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from playground.domain.audits import TextsForgotten
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("verify", help="check every hash of the journal")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Verifies the journal; returns 1 when it was tampered with."""
    screen = stage.screen
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        with working(screen, label="Checking every hash"):
            report = app.journal.verify()
        found = f"{counted(report.events, 'event')} of {counted(report.runs, 'run')}"
        screen.show(plain(f"{found}, head {report.head or 'none'}"))
        for wish in report.forgettings:
            screen.show(plain(_told(wish)))
        for problem in report.problems:
            screen.show(plain(problem, style="red"))
        if report.problems:
            screen.tell("The journal was changed from outside; keep a copy and investigate.")
            return 1
        screen.show(plain("Every hash fits.", style="green"))
        return 0


def _told(wish: TextsForgotten) -> str:
    when = datetime.fromtimestamp(wish.at, UTC).isoformat(" ", timespec="minutes")
    events = counted(len(wish.blanked), "event")
    return f"{when}: {wish.by} had episode {wish.episode_id} forgotten; {events} lost its texts."
