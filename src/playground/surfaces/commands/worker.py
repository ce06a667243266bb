"""Work on runs that campaigns hand out, on this machine or another; never decide, never write."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.domain.errors import BadInput
from playground.domain.runs import Run
from playground.queues.crew import Shift
from playground.queues.places import Place
from playground.surfaces.rendering.sentences import place as place_of
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root

_SILENT_MAX_S = 30.0
_SILENT_LEAST_S = 2.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="the repository's copy here"
    )
    parser.add_argument(
        "--root",
        default="",
        metavar="ROOT",
        help="its path where campaigns are started; without it, the same as here",
    )
    parser.add_argument(
        "--parallel", type=_count, default=2, metavar="N", help="runs side by side (2)"
    )
    parser.add_argument(
        "--silent-max",
        type=_seconds,
        default=_SILENT_MAX_S,
        metavar="S",
        help="seconds without a sign of life after which others take over its runs (30)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 256")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not _SILENT_LEAST_S <= value <= 3_600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 2 to 3600")
    return value


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Works until a signal; returns the exit code."""
    here = (stage.cwd / args.path).resolve()
    if not here.is_dir():
        raise BadInput(f"{here} is no folder; give the repository's copy on this machine.")
    here = repository_root(here)
    root = Path(args.root) if args.root else here
    if not root.is_absolute():
        raise BadInput(f"{root} is no absolute path; give the one where campaigns are started.")

    def done(finished: Run) -> None:
        stage.screen.tell(_told(finished))

    shift = Shift(Place(root, here), args.parallel, args.silent_max, stage.screen.tell, done)
    with stage.opener(project=here, flags=args.set) as app:
        app.crew.serve(shift)
        return 0


def _told(finished: Run) -> str:
    """Returns what became of a run, in one line."""
    finding = finished.task.finding
    what = f"{finding.rule} {place_of(finding)}" if finding else finished.task.goal
    outcome = finished.ended.outcome if finished.ended else "proposed"
    return f"{finished.id} {what}: {outcome.replace('_', ' ')}"
