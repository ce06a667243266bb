"""Move the journal between a file and a database, or go on where it was."""

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
    move = actions.add_parser("move", help="copy it, check both, close the old one")
    move.add_argument(
        "--to",
        required=True,
        metavar="URL|file",
        help="a PostgreSQL database, as postgresql://user@host/database, or the word file for the "
        "file in your state folder; a password is better kept in tools.journal.password_file",
    )
    actions.add_parser("reopen", help="go on where it was moved away from, without what came since")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Moves the journal or opens it again; what was there stays where it was."""
    if args.action == "reopen":
        return _reopen(args, stage)
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
        f"Nothing was removed. Now set tools.journal.url to {setting} on every machine; the old "
        "place takes nothing any more."
    )
    return 0


def _reopen(args: argparse.Namespace, stage: Stage) -> int:
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        if not app.places.reopen():
            stage.screen.tell("The journal was not moved; it takes events here as before.")
            return 0
    stage.screen.tell(
        "The journal takes events here again. What was recorded at the other place stays there; "
        "set tools.journal.url to this place on every machine."
    )
    return 0
