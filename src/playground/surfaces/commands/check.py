"""List what analyzers object to, without repairing anything."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from playground.domain.ports import Survey
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.rendering.tables import findings_list
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.improving import no_answers
from playground.surfaces.working.lines import check_object, finding_object, json_line
from playground.surfaces.working.scope import scope_of


def _as_words(survey: Survey, screen: Screen, seconds: float) -> None:
    if survey.findings:
        screen.show(findings_list(survey.findings))
    for sentence in no_answers(survey.checks):
        screen.tell(sentence, style="yellow")
    for path, reason in survey.skipped:
        screen.tell(f"Not read: {path} ({reason})", style="dim")
    found = counted(len(survey.findings), "finding")
    screen.tell(f"{found} in {counted(survey.files, 'file')}, {seconds:.1f} s")


def _as_lines(survey: Survey, screen: Screen, seconds: float) -> None:
    for finding in survey.findings:
        fixable = finding.fix is not None
        line = {"type": "finding"} | finding_object(finding) | {"fixable": fixable}
        screen.raw(json_line(line))
    summary: dict[str, object] = {
        "type": "summary",
        "root": survey.root,
        "files": survey.files,
        "findings": len(survey.findings),
        "checks": [check_object(check) for check in survey.checks],
        "not_read": [{"path": path, "reason": reason} for path, reason in survey.skipped],
        "seconds": round(seconds, 3),
    }
    screen.raw(json_line(summary))


_FORMATS: dict[str, Callable[[Survey, Screen, float], None]] = {
    "human": _as_words,
    "json": _as_lines,
}


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
    parser.add_argument("--format", choices=tuple(_FORMATS), default="human", help="output format")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Lists findings; returns 1 when there are some, 3 when an analyzer gave no answer."""
    scope = scope_of(args.paths, cwd=stage.cwd)
    with stage.opener(project=scope.root, flags=args.set) as app:
        started = time.monotonic()
        with working(stage.screen, label="Analysing"):
            survey = app.gate.survey(scope.root, paths=scope.paths, rules=tuple(args.rule))
        survey = scope.narrowed(survey)
        _FORMATS[args.format](survey, stage.screen, time.monotonic() - started)
        if survey.findings:
            return 1
        return 3 if no_answers(survey.checks) else 0
