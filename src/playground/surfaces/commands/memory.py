"""Search, show, forget or rebuild what was learned."""

from __future__ import annotations

import argparse

from playground.domain.errors import BadInput
from playground.surfaces.reporting.episodes import search_memory, show_episode
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    search = actions.add_parser("search", help="episodes nearest to a text")
    search.add_argument("text", metavar="TEXT")
    search.add_argument("--max", type=int, default=5, metavar="N", help="episodes at most")
    show = actions.add_parser("show", help="one episode, or the newest ones")
    show.add_argument("id", metavar="ID", nargs="?", default="")
    forget = actions.add_parser("forget", help="remove one episode for good")
    forget.add_argument("id", metavar="ID")
    actions.add_parser("rebuild", help="learn every decided run of the journal anew")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked; returns 1 when nothing was found."""
    screen = stage.screen
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=args.action == "rebuild") as app:
        if args.action == "search":
            if not 1 <= args.max <= 100:
                raise BadInput("--max must lie between 1 and 100.")
            return 0 if search_memory(app, text=args.text, k=args.max, screen=screen) else 1
        if args.action == "show":
            return 0 if show_episode(app, episode_id=args.id, screen=screen) else 1
        if args.action == "forget":
            if not app.memory.forget(args.id):
                raise BadInput(f"There is no episode {args.id!r}; see `playground memory show`.")
            screen.tell(f"Forgotten: {args.id}.")
            return 0
        screen.tell(f"Learned {app.rebuild_memory()} episodes from the journal.")
        return 0
