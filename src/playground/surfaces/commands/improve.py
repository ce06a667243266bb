"""Find what analyzers object to, repair it, prove the repair and ask you."""

from __future__ import annotations

import argparse

from playground.domain.errors import BadInput
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.improving import Improving, Report, Wishes
from playground.surfaces.working.reports import LinesReport, WordsReport
from playground.surfaces.working.scope import scope_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH[:LINE]", help="file, folder, or a file's line"
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="RULE",
        help="only this rule or beginning of a rule id; may be given again",
    )
    parser.add_argument("--max", type=_positive, metavar="N", help="try at most N findings")
    parser.add_argument("--engine", default="", metavar="NAME", help="a configured engine")
    parser.add_argument(
        "--apply",
        choices=("ask", "never"),
        default="ask",
        help="ask about each proposal (default), or never write anything",
    )
    parser.add_argument(
        "--format",
        choices=("human", "json"),
        default="human",
        help="words (default), or one JSON object a line; json needs --apply never",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Improves; returns the exit code."""
    lines, never = args.format == "json", args.apply == "never"
    if lines and not never:
        raise BadInput("--format json never asks; add --apply never.")
    scope = scope_of(args.paths, cwd=stage.cwd)
    ask = not never and stage.screen.can_ask
    wishes = Wishes(
        scope=scope, rules=tuple(args.rule), tries_max=args.max, ask=ask, engine=args.engine
    )
    opened = stage.opener(project=scope.root, flags=args.set, deciding=ask, engine=args.engine)
    with opened as app:
        app.journal.newest_with_key("")  # whether it can be used is said before the analysis
        report = _report(app, screen=stage.screen, lines=lines, asks=ask)
        return Improving(app, stage=stage, wishes=wishes, report=report).run()


def _report(app: AppView, *, screen: Screen, lines: bool, asks: bool) -> Report:
    if lines:
        return LinesReport(screen, workspace=app.workspace)
    return WordsReport(app, screen=screen, asks=asks)
