"""Write or change code after a request in words."""

from __future__ import annotations

import argparse

from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.outcomes import Outcome
from playground.surfaces.working.requesting import Request, fulfil, settled
from playground.surfaces.working.scope import files_below, repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("task", metavar="TASK", help="what to do, in your words")
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        help="a file that may be changed or made; may be given again",
    )
    parser.add_argument("--engine", default="", metavar="NAME", help="a configured engine")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Works on the request; returns the exit code."""
    root = repository_root(stage.cwd)
    files = files_below(args.file, root=root, cwd=stage.cwd)
    asked = stage.screen.can_ask
    opened = stage.opener(project=root, flags=args.set, deciding=asked, engine=args.engine)
    with opened as app:
        request = Request(args.task, root, files, engine=args.engine)
        result = fulfil(app, stage=stage, request=request)
    if settled(result, asked=asked):
        return 0
    return 3 if result.outcome is Outcome.ERROR else 1
