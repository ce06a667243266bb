"""Print counters over all runs and campaigns, for Prometheus or one JSON object a finding."""

from __future__ import annotations

import argparse

from playground.surfaces.campaigning.status import status_object
from playground.surfaces.reporting.metrics import finding_objects, measured, prometheus_text
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.lines import json_line
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--all", action="store_true", help="of every repository, not of this one alone"
    )
    parser.add_argument(
        "--format",
        choices=("prometheus", "json"),
        default="prometheus",
        help="Prometheus' text format (default), or one JSON object a line",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Prints the counters."""
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set) as app:
        found, campaigns = measured(app.journal, root="" if args.all else str(root))
        if args.format == "prometheus":
            stage.screen.raw(prometheus_text(found, campaigns=campaigns))
            return 0
        for line in finding_objects(found):
            stage.screen.raw(json_line(line))
        for campaign in campaigns:
            stage.screen.raw(json_line(status_object(campaign)))
        return 0
