"""Show every setting, its value and where it comes from."""

from __future__ import annotations

import argparse

from playground.surfaces.reporting.settings import show_settings
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="all settings, or those below a key")
    show.add_argument("key", metavar="KEY", nargs="?", default="")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Prints the settings."""
    with stage.opener(project=repository_root(stage.cwd), flags=args.set) as app:
        show_settings(app.manager, key=args.key, screen=stage.screen)
        return 0
