"""List, fetch or verify the weights of embedded models."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root
from playground.surfaces.working.weights import default_model, fetch, show_models, verify


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="known models and which of them are here")
    pull = actions.add_parser("pull", help="fetch a model; resumes after a break")
    pull.add_argument("name", metavar="NAME", nargs="?", default="")
    pull.add_argument("--from", dest="file", metavar="FILE", help="take the bytes from this file")
    check = actions.add_parser("verify", help="compare a model's bytes with the pinned digest")
    check.add_argument("name", metavar="NAME", nargs="?", default="")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked."""
    screen = stage.screen
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        if args.action == "list":
            show_models(app, screen=screen)
            return 0
        name: str = args.name or default_model(app)
        if args.action == "verify":
            verify(app, name=name, screen=screen)
            return 0
        file = (stage.cwd / Path(args.file).expanduser()) if args.file else None
        fetch(app, name=name, from_file=file, screen=screen)
        return 0
