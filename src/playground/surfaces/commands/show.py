"""Tell one run: every step in words, and its change."""

from __future__ import annotations

import argparse

from playground.surfaces.reporting.runs import show_run
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the run's id or its beginning")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also the candidates that were not proposed, with how their findings went away",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Prints the run."""
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        found = app.desk.load(args.id)
        show_run(app, run=found, screen=stage.screen, every=args.all)
        return 0
