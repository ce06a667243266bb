"""Search, show, forget, export, import or repair what was learned."""

from __future__ import annotations

import argparse

from playground.domain.episodes import RecallQuery
from playground.domain.errors import BadInput
from playground.domain.exchange import OUTCOMES
from playground.surfaces.reporting.episodes import (
    Form,
    export_memory,
    forget_episode,
    search_memory,
    show_episode,
)
from playground.surfaces.reporting.importing import import_memory
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.scope import repository_root

_MAX = 100
_DECIDING = frozenset({"forget", "repair"})
"""Actions that a person alone takes, and that finish what a crash cut off."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    search = actions.add_parser("search", help="episodes nearest to a text")
    search.add_argument("text", metavar="TEXT")
    search.add_argument("--max", type=int, default=5, metavar="N", help="episodes at most")
    search.add_argument("--rule", default="", metavar="RULE", help="only of this rule")
    search.add_argument("--language", default="", metavar="NAME", help="only in this language")
    search.add_argument("--here", action="store_true", help="only of this repository")
    search.add_argument("--outcome", default="", metavar="WORD", help="such as approved, rejected")
    show = actions.add_parser("show", help="one episode, or the newest ones")
    show.add_argument("id", metavar="ID", nargs="?", default="")
    forget = actions.add_parser("forget", help="remove one episode for good")
    forget.add_argument("id", metavar="ID")
    forget.add_argument(
        "--with-run",
        action="store_true",
        help="take the texts of the run that taught it out of the journal too",
    )
    actions.add_parser("export", help="print all episodes, one JSON object a line")
    taken = actions.add_parser("import", help="add episodes that `memory export` printed")
    taken.add_argument("file", metavar="FILE", help="a file, - for standard input")
    taken.add_argument(
        "--trusted",
        action="store_true",
        help="let them teach in every repository, not in this one alone",
    )
    repair = actions.add_parser("repair", help="make memory anew from the journal")
    for action in (search, show, forget, taken, repair):
        action.add_argument(
            "--format",
            choices=("human", "json"),
            default="human",
            help="words (default), or one JSON object a line",
        )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked; returns 1 when nothing was found."""
    if args.action == "search" and not 1 <= args.max <= _MAX:
        raise BadInput(f"--max must lie between 1 and {_MAX}.")
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=args.action in _DECIDING) as app:
        return 0 if _done(args, app, stage=stage) else 1


def _done(args: argparse.Namespace, app: AppView, *, stage: Stage) -> bool:
    if args.action == "export":
        return export_memory(app, screen=stage.screen)
    form = Form(stage.screen, lines=args.format == "json")
    match args.action:
        case "search":
            root = str(repository_root(stage.cwd)) if args.here else ""
            if args.outcome and args.outcome not in OUTCOMES:
                raise BadInput(f"--outcome must be one of {', '.join(sorted(OUTCOMES))}.")
            outcomes = (args.outcome,) if args.outcome else ()
            query = RecallQuery(
                args.text, args.max, args.rule, root, outcomes, args.language.lower()
            )
            return search_memory(app, query=query, form=form)
        case "show":
            return show_episode(app, episode_id=args.id, form=form)
        case "forget":
            whole = bool(args.with_run)
            return forget_episode(app, episode_id=args.id, by=stage.user, form=form, with_run=whole)
        case "import":
            path = None if args.file == "-" else stage.cwd / args.file
            confined = "" if args.trusted else str(repository_root(stage.cwd))
            return import_memory(app, path=path, confined=confined, form=form)
        case _:
            count = app.repair_memory()
            form.say({"type": "repaired", "episodes": count}, f"Learned {count} episodes anew.")
            return True
