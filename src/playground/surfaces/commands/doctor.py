"""Check this installation part by part and say what to do."""

from __future__ import annotations

import argparse

from playground.surfaces.reporting.health import examine
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--engine", default="", metavar="NAME", help="a configured engine")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Prints one line for each part; returns 3 when one has a problem."""
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, engine=args.engine) as app:
        return 0 if examine(app, engine=args.engine, screen=stage.screen) else 3
