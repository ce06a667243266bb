"""Take an applied change back."""

from __future__ import annotations

import argparse

from playground.surfaces.asking.undoing import take_back
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the run's id or its beginning")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Restores the files as they were before the change."""
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=True) as app:
        take_back(app, run_id=args.id, stage=stage)
        return 0
