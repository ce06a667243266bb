"""Work on a whole repository in one go: plan it, start it, decide in families."""

from __future__ import annotations

import argparse

from playground.surfaces.asking.families import review_campaign
from playground.surfaces.campaigning.course import cancel, pause, resume, start
from playground.surfaces.campaigning.status import show_status
from playground.surfaces.campaigning.wishes import Asked, show_plan
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import scope_of

_ACTIONS = {
    "plan": "say what would be done, what it would take and what is left alone; change nothing",
    "start": "open a campaign, or go on with the unfinished one",
    "status": "say how far the newest campaign is",
    "pause": "begin nothing new, in every process that works on it",
    "resume": "go on after a pause, with other budgets if you give them",
    "cancel": "end the campaign; what waits for you keeps waiting",
    "review": "decide on what waits, families of like changes at once",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in _ACTIONS.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("paths", nargs="*", metavar="PATH", help=_help_of_paths(name))
        if name in {"plan", "start"}:
            _configure_scope(action)
        if name in {"plan", "start", "resume"}:
            _configure_bounds(action)
        if name in {"plan", "status"}:
            action.add_argument("--format", choices=("human", "json"), default="human")
        if name == "start":
            action.add_argument(
                "--stay", action="store_true", help="go on looking while proposals wait"
            )
            action.add_argument(
                "--workers",
                action="store_true",
                help="let `playground worker` processes do the runs; here they are only handed out",
            )
        if name == "review":
            _configure_review(action)


def _help_of_paths(name: str) -> str:
    if name in {"plan", "start"}:
        return "files or folders of one repository; without one, all of this one"
    return "any place in the repository; without one, this one"


def _configure_scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="RULE",
        help="only this rule or beginning of a rule id; may be given again",
    )
    parser.add_argument("--max", type=_count, metavar="N", help="try at most N findings")
    parser.add_argument("--engine", default="", metavar="NAME", help="a configured engine")


def _configure_bounds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tokens", type=_count, metavar="N", help="tokens at most")
    parser.add_argument("--minutes", type=_amount, metavar="M", help="minutes of work at most")
    parser.add_argument(
        "--review-minutes", type=_amount, metavar="M", help="minutes of your own time at most"
    )
    parser.add_argument(
        "--waiting", type=_count, metavar="N", help="proposals that wait for you at most"
    )
    parser.add_argument("--parallel", type=_count, metavar="N", help="runs side by side")
    parser.add_argument(
        "--rejected-max",
        type=_share,
        metavar="SHARE",
        help="pause when more than this share is rejected, such as 0.5",
    )


def _configure_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--canaries",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="show a change that is bad on purpose at this share of places; none is ever applied",
    )
    parser.add_argument("--alone", action="store_true", help="one by one, without families")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 1")
    return value


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked; returns the exit code."""
    scope = scope_of(args.paths or ["."], cwd=stage.cwd)
    asked = Asked(scope, args)
    match args.action:
        case "plan":
            return show_plan(asked, stage=stage)
        case "start":
            return start(asked, stage=stage)
        case "status":
            return show_status(asked, stage=stage)
        case "pause":
            return pause(asked, stage=stage)
        case "resume":
            return resume(asked, stage=stage)
        case "cancel":
            return cancel(asked, stage=stage)
        case _:
            return review_campaign(asked, stage=stage)
