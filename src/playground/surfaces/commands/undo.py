"""Take an applied change back."""

from __future__ import annotations

import argparse

from playground.surfaces.asking.conversation import WHERE, deciding_desk
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the run's id or its beginning")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Restores the files as they were before the change."""
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=True) as app:
        found = app.desk.load(args.id)
        after = deciding_desk(app.desk).undo(found.id, by=stage.user, where=WHERE)
        paths = ", ".join(after.proposal.patch.paths) if after.proposal else ""
        stage.screen.tell(f"Taken back: {paths}.", style="green")
        return 0
