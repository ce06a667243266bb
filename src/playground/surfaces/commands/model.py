"""List, fetch or verify the weights of embedded models, and measure engines."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.surfaces.rendering.progress import working
from playground.surfaces.reporting.speed import show_speed, speed_object
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.benching import measured
from playground.surfaces.working.lines import json_line
from playground.surfaces.working.scope import repository_root
from playground.surfaces.working.weights import (
    Weights,
    default_model,
    fetch,
    show_models,
    verify,
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="known models and which of them are here")
    pull = actions.add_parser("pull", help="fetch a model; resumes after a break")
    pull.add_argument("name", metavar="NAME", nargs="?", default="")
    pull.add_argument("--from", dest="file", metavar="FILE", help="take the bytes from this file")
    bench = actions.add_parser("bench", help="measure how fast an engine reads and writes")
    bench.add_argument("--engine", default="", metavar="NAME", help="a configured engine")
    bench.add_argument("--format", choices=("human", "json"), default="human")
    check = actions.add_parser("verify", help="compare a model's bytes with the pinned digest")
    check.add_argument("name", metavar="NAME", nargs="?", default="")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Does what was asked."""
    screen = stage.screen
    if args.action == "bench":
        return _bench(args, stage=stage)
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


def _bench(args: argparse.Namespace, *, stage: Stage) -> int:
    root, engine = repository_root(stage.cwd), str(args.engine)
    with stage.opener(project=root, flags=args.set, engine=engine) as app:
        name = engine or app.manager.config.model.asked[0]
        Weights(app, screen=stage.screen, engine=name).make_ready()
        with working(stage.screen, label=f"Measuring {name}") as work:
            app.ticker.waiting = work.waited
            found = measured(app.engines.get(name), name=name)
    if args.format == "json":
        stage.screen.raw(json_line(speed_object(found)))
    else:
        show_speed(found, screen=stage.screen)
    return 0
