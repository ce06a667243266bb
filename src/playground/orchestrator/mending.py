"""Mending: a good repair that brings in a small finding whose own fix the analyzer knows.

A model that turns a query into parameters leaves an f-string without placeholders behind, and one
that guards a value writes an `if` that is a conditional expression. Asking it again costs many
seconds and often loses the repair. The analyzer's fix of what is new costs none, and the gate
judges the result like any other candidate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from playground.domain.candidates import Candidate, Cost, Draft, Usage
from playground.domain.changes import patch_between
from playground.domain.findings import Finding, TextEdit, ToolFix, with_edits
from playground.domain.runs import Run
from playground.domain.tasks import Source

_ROUNDS_MAX = 3


def mendable(run: Run) -> tuple[Candidate, ...]:
    """Returns the newest candidates against which nothing speaks but findings that have a fix.

    Empty when the last rounds were mending already and did not get there.
    """
    if not run.generations:
        return ()
    rounds = 0
    for generation in reversed(run.generations):
        if generation.source is not Source.MEND:
            break
        rounds += 1
    newest = run.generations[-1]
    if rounds >= _ROUNDS_MAX or newest.source is Source.PERSON:
        return ()
    drafts = (d for d in newest.drafts if isinstance(d, Candidate))
    return tuple(c for c in drafts if _only_needs_fixes(run, c))


def _only_needs_fixes(run: Run, candidate: Candidate) -> bool:
    verdict = run.verdicts.get(candidate.id)
    if verdict is None or verdict.passed or not verdict.added:
        return False
    return all(objection.code == "added" for objection in verdict.objections) and all(
        finding.fix is not None for finding in verdict.added
    )


def mended(run: Run, candidate: Candidate, *, bases: dict[str, str | None]) -> Draft:
    """Returns the candidate with the fixes of what it adds, as far as they do not overlap."""
    made = candidate.provenance
    provenance = replace(made, source=Source.MEND, usage=Usage(), seconds=0.0, cost=Cost())
    after: dict[str, str] = {}
    for change in candidate.patch.files:
        text = change.applied_to(bases.get(change.path) or "")
        added = [f for f in run.verdicts[candidate.id].added if f.path == change.path]
        after[change.path] = with_fixes(text, added)
    known = {path: bases.get(path) for path in after}
    return Draft(patch_between(known, after), provenance)


def with_fixes(text: str, findings: Iterable[Finding]) -> str:
    """Returns the text with the findings' own fixes made, the first of those that overlap."""
    chosen: list[TextEdit] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if not any(_overlap(new, old) for new in edits for old in chosen):
            chosen += edits
    return with_edits(text, chosen)


def with_tool_fix(text: str, fix: ToolFix) -> str:
    """Returns the text with every edit of the fix made."""
    return with_edits(text, fix.edits)


def _start(edit: TextEdit) -> tuple[int, int]:
    return edit.span.start_line, edit.span.start_column


def _end(edit: TextEdit) -> tuple[int, int]:
    return edit.span.end_line, edit.span.end_column


def _overlap(left: TextEdit, right: TextEdit) -> bool:
    return _start(left) <= _end(right) and _start(right) <= _end(left)
