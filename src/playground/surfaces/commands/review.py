"""Decide on the proposals that wait for you."""

from __future__ import annotations

import argparse

from playground.surfaces.asking.conversation import require_person
from playground.surfaces.asking.reviewing import review
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--all", action="store_true", help="of every repository, not of this one alone"
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Walks through the waiting proposals; returns 1 when some still wait."""
    require_person(stage.screen, what="A review")
    root = repository_root(stage.cwd)
    scope = "" if args.all else str(root)
    with stage.opener(project=root, flags=args.set, deciding=True) as app:
        return 1 if review(app, stage=stage, root=scope) else 0
