"""Move the journal between a file and a database."""

from __future__ import annotations

import argparse

from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import plain
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    move = actions.add_parser("move", help="copy it to another place, and check both")
    move.add_argument(
        "--to",
        required=True,
        metavar="URL|file",
        help="a PostgreSQL database, as postgresql://user@host/database, or the word file for the "
        "file in your state folder; a password is better kept in tools.journal.password_file",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Moves the journal; what was there stays where it was."""
    screen = stage.screen
    to = str(args.to)
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        with working(screen, label="Moving the journal") as work:
            report = app.places.move(
                to, told=lambda events: work.ticked(counted(events, "event"), 0)
            )
        found = f"{counted(report.events, 'event')} of {counted(report.runs, 'run')}"
        screen.show(plain(f"{found} are there, head {report.head or 'none'}"))
        screen.show(plain("Every hash fits on both sides.", style="green"))
    setting = "an empty text" if to == "file" else "this URL"
    screen.tell(
        f"Nothing was removed. Now set tools.journal.url to {setting} on every machine, before "
        "anything else is recorded at the old place."
    )
    return 0
