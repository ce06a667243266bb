"""Count runs, proposals, decisions, tokens and seconds by rule."""

from __future__ import annotations

import argparse

from playground.surfaces.reporting.stats import show_stats
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--all", action="store_true", help="of every repository, not of this one alone"
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Prints the counts."""
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set) as app:
        show_stats(app, root="" if args.all else str(root), screen=stage.screen)
        return 0
