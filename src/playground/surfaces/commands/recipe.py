"""Turn repairs that you approved again and again into recipes that cost no tokens."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.surfaces.asking.recipes import (
    asked_about,
    import_recipe,
    propose_recipes,
    take_back,
)
from playground.surfaces.reporting.recipes import export_recipe, list_recipes, show_recipe
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root

_DECIDING = {"propose", "approve", "revert", "import"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="every recipe and whether it is in use")
    show = actions.add_parser("show", help="one recipe with what it makes of the past")
    show.add_argument("id", metavar="ID", help="a recipe, ID@VERSION, or the beginning of an id")
    propose = actions.add_parser("propose", help="look for recipes in what you approved, and ask")
    propose.add_argument(
        "--rule", action="append", default=[], metavar="R", help="only of this rule"
    )
    approve = actions.add_parser("approve", help="see a recipe's replay, then let it be used")
    approve.add_argument("id", metavar="ID")
    revert = actions.add_parser("revert", help="take a recipe out of use")
    revert.add_argument("id", metavar="ID")
    export = actions.add_parser("export", help="write a recipe into a file for others")
    export.add_argument("id", metavar="ID")
    export.add_argument("file", metavar="FILE", type=Path)
    imported = actions.add_parser("import", help="read somebody's recipe, replay it, and ask")
    imported.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked; returns 1 when nothing was found or approved."""
    root = repository_root(stage.cwd)
    action: str = args.action
    with stage.opener(project=root, flags=args.set, deciding=action in _DECIDING) as app:
        match action:
            case "list":
                done = list_recipes(app, screen=stage.screen)
            case "show":
                done = show_recipe(app, name=args.id, screen=stage.screen)
            case "propose":
                done = propose_recipes(app, rules=args.rule, root=root, stage=stage)
            case "approve":
                done = asked_about(app, name=args.id, root=root, stage=stage)
            case "revert":
                done = take_back(app, name=args.id, stage=stage)
            case "export":
                path = stage.cwd / args.file
                done = export_recipe(app, name=args.id, path=path, screen=stage.screen)
            case _:
                path = stage.cwd / args.file
                done = import_recipe(app, path=path, root=root, stage=stage)
    return 0 if done else 1
