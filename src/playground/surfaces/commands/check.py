"""List what analyzers object to, without repairing anything."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

from playground.domain.errors import BadInput
from playground.security.reports import write_report
from playground.surfaces.rendering.findings import findings_by_file
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import counted, not_read
from playground.surfaces.rendering.tables import findings_list
from playground.surfaces.reporting.baselines import (
    against,
    baseline_text,
    is_baseline,
    read_baseline,
    updated,
)
from playground.surfaces.reporting.checked import Checked, Known, of_comparison, of_survey
from playground.surfaces.reporting.sarif import sarif_log
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.improving import no_answers
from playground.surfaces.working.lines import check_object, finding_object, json_line, known_object
from playground.surfaces.working.scope import Scope, scope_of


def _as_words(checked: Checked, screen: Screen, *, listing: bool) -> None:
    if checked.counted and listing:
        listed = findings_by_file if screen.out.is_terminal else findings_list
        screen.show(listed(checked.counted))
    for sentence in no_answers(checked.checks):
        screen.tell(sentence, style="yellow")
    for line in not_read(checked.skipped):
        screen.tell(line, style="dim")
    if checked.hidden:
        kept = counted(checked.hidden, "finding")
        screen.tell(f"Kept back by comments or settings of the repository: {kept}", style="yellow")
    screen.tell(f"{_sums(checked)}, {checked.seconds:.1f} s")


def _sums(checked: Checked) -> str:
    files = counted(checked.files, "file")
    if not checked.against:
        return f"{counted(len(checked.findings), 'finding')} in {files}"
    new = counted(len(checked.counted), "new finding")
    before = f"{checked.unchanged:,} known, {len(checked.absent):,} gone"
    return f"{new} in {files}, {before}, against the {checked.against}"


def _as_lines(checked: Checked, screen: Screen) -> None:
    for finding in checked.findings:
        state = checked.state(finding)
        more = {"fixable": finding.fix is not None, "state": state.value if state else None}
        screen.raw(json_line({"type": "finding"} | finding_object(finding) | more))
    for known in checked.absent:
        screen.raw(json_line({"type": "absent"} | known_object(known)))
    summary: dict[str, object] = {
        "type": "summary",
        "root": checked.root,
        "files": checked.files,
        "findings": len(checked.findings),
        "new": len(checked.counted) if checked.against else None,
        "unchanged": checked.unchanged if checked.against else None,
        "absent": len(checked.absent) if checked.against else None,
        "against": checked.against or None,
        "hidden": checked.hidden,
        "checks": [check_object(check) for check in checked.checks],
        "not_read": [{"path": path, "reason": reason} for path, reason in checked.skipped],
        "seconds": round(checked.seconds, 3),
    }
    screen.raw(json_line(summary))


def _told(checked: Checked, app: AppView, screen: Screen, *, args: argparse.Namespace) -> None:
    if args.format == "json":
        _as_lines(checked, screen)
    elif args.format == "sarif":
        log = sarif_log(checked, explain=app.gate.explain)
        screen.raw(json.dumps(log, ensure_ascii=True, indent=1) + "\n")
    else:
        _as_words(checked, screen, listing=not args.write_baseline)


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
    parser.add_argument(
        "--baseline", metavar="FILE", help="only findings that this baseline file does not know"
    )
    parser.add_argument(
        "--since",
        metavar="REV",
        help="only findings that this git commit, branch or tag does not have",
    )
    parser.add_argument(
        "--write-baseline", metavar="FILE", help="keep what is found now as a baseline file"
    )
    parser.add_argument(
        "--format",
        choices=("human", "json", "sarif"),
        default="human",
        help="words (default), one JSON object a line, or SARIF 2.1.0",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Lists findings; returns 1 when there are some, 3 when an analyzer gave no answer."""
    scope = scope_of(args.paths, cwd=stage.cwd)
    baseline = _baseline(args.baseline, stage.cwd)
    _refuse_mixtures(args, scope)
    with stage.opener(project=scope.root, flags=args.set) as app:
        started = time.monotonic()
        with working(stage.screen, label="Analysing"):
            checked = _checked(args, app, scope)
        if baseline is not None:
            checked = against(
                checked,
                baseline=baseline,
                name=f"baseline {args.baseline}",
                covers=lambda known: _covers(known, scope, tuple(args.rule)),
                exists=lambda path: (scope.root / path).is_file(),
            )
        checked = replace(checked, seconds=time.monotonic() - started)
        _told(checked, app, stage.screen, args=args)
        for path in checked.unread:
            stage.screen.tell(f"Nothing was looked at in {path}.", style="yellow")
        if args.write_baseline:
            path = stage.cwd / args.write_baseline
            return _written(checked, path=path, scope=scope, screen=stage.screen)
        return checked.exit_code


def _checked(args: argparse.Namespace, app: AppView, scope: Scope) -> Checked:
    rules = tuple(args.rule)
    if args.since is not None:
        found = app.gate.survey_since(
            scope.root, revision=args.since, paths=scope.paths, rules=rules
        )
        narrowed = tuple(f for f in found.new if scope.covers(f))
        compared = of_comparison(replace(found, new=narrowed), revision=args.since)
        # Where nobody can tell what is new, everything may be.
        unread = dict.fromkeys((*scope.unread(found.skipped), *found.uncompared))
        return replace(compared, unread=tuple(unread))
    survey = app.gate.survey(scope.root, paths=scope.paths, rules=rules)
    return of_survey(scope.narrowed(survey), unread=scope.unread(survey.skipped))


def _refuse_mixtures(args: argparse.Namespace, scope: Scope) -> None:
    if args.baseline and args.since:
        raise BadInput("Compare with one earlier state: give --baseline or --since.")
    if args.write_baseline and (args.since or args.rule or scope.lines):
        raise BadInput(
            "A baseline holds everything that is found in files and folders; leave --since, "
            "--rule and lines out."
        )


def _baseline(name: str | None, cwd: Path) -> tuple[Known, ...] | None:
    return None if name is None else read_baseline(cwd / name)


def _covers(known: Known, scope: Scope, rules: tuple[str, ...]) -> bool:
    """Whether a finding of earlier would be among those that were asked for."""
    named = not rules or known.rule.startswith(rules)
    return named and known.path not in scope.lines and bool(scope.among([known.path]))


def _written(checked: Checked, *, path: Path, scope: Scope, screen: Screen) -> int:
    """Writes the baseline, unless an analyzer's silence would be taken for a clean file."""
    if checked.unanswered:
        screen.tell("No baseline was written, because an analyzer gave no answer.", style="yellow")
        return 3
    before = read_baseline(path) if path.exists() else ()
    known = updated(checked, before=before, covers=lambda item: bool(scope.among([item.path])))
    write_report(path, text=baseline_text(known), may_replace=is_baseline)
    screen.tell(f"Wrote {path.name} with {counted(len(known), 'finding')}.")
    return 1 if checked.unread else 0
