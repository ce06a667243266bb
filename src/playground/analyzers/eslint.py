"""eslint: lint findings of JavaScript and TypeScript, and their fixes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from playground import prompts
from playground.analyzers.javascript import (
    Question,
    ScriptAnalyzer,
    lint_rules,
    raw_findings,
    report_in,
    version_of,
)
from playground.analyzers.profile import AnalyzerContext, Selection, Wanted, wanted_of
from playground.analyzers.reporting import RawFinding, findings_of, text_of
from playground.domain.findings import Severity
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check, CheckStatus

_NAME = "eslint"
_SYNTAX = "syntax"
_RECOMMENDED = "recommended"
_CHARS_PER_QUESTION = 2_000_000

SEVERITIES: Mapping[str, Severity] = {
    _SYNTAX: Severity.ERROR,
    "no-const-assign": Severity.ERROR,
    "no-dupe-keys": Severity.ERROR,
    "no-eval": Severity.ERROR,
    "no-func-assign": Severity.ERROR,
    "no-import-assign": Severity.ERROR,
    "no-invalid-regexp": Severity.ERROR,
    "no-obj-calls": Severity.ERROR,
    "no-self-assign": Severity.ERROR,
    "no-this-before-super": Severity.ERROR,
    "no-undef": Severity.ERROR,
    "no-unsafe-finally": Severity.ERROR,
    "no-unsafe-negation": Severity.ERROR,
    "no-unsafe-optional-chaining": Severity.ERROR,
    "use-isnan": Severity.ERROR,
    "valid-typeof": Severity.ERROR,
    "no-unused-vars": Severity.NOTE,
    "@typescript-eslint/no-unused-vars": Severity.NOTE,
    "@typescript-eslint/no-explicit-any": Severity.NOTE,
    "security/detect-bidi-characters": Severity.ERROR,
    "security/detect-eval-with-expression": Severity.ERROR,
}
"""How bad a rule's findings are; others are warnings where they are likely errors, else notes."""

_OPTIONS: Mapping[str, Sequence[object]] = {
    # Ways of comparing with null and undefined at once, and of ignoring what is destructured away.
    "eqeqeq": ("always", {"null": "ignore"}),
    "no-unused-vars": ({"ignoreRestSiblings": True},),
    "@typescript-eslint/no-unused-vars": ({"ignoreRestSiblings": True},),
    "no-cond-assign": ("except-parens",),
    "no-empty": ({"allowEmptyCatch": False},),
}
"""Options of the rules that we do not leave at their own defaults."""

_SILENCING = frozenset(
    {"no-empty", "no-empty-function", "no-empty-static-block", "no-unused-private-class-members"}
)
"""Rules whose suggestions hide a finding behind a comment, or delete what was meant."""


@dataclass
class _Job:
    """One check: what it asks, and what it collects over several questions."""

    mirror: Mirror
    rules: Mapping[str, Sequence[object]]
    deadline: float
    before: Mapping[str, str] = field(default_factory=dict[str, str])
    raw: list[RawFinding] = field(default_factory=list[RawFinding])
    unanswered: list[str] = field(default_factory=list[str])
    status: CheckStatus = CheckStatus.OK
    why: str = ""
    receipt: str = ""

    def fail(self, paths: Sequence[str], *, status: CheckStatus, why: str) -> None:
        """Notes files without an answer."""
        self.unanswered += paths
        self.status, self.why = status, why


class EslintAnalyzer(ScriptAnalyzer):
    """The port `Analyzer` over ESLint's own `Linter`; safe to share between threads.

    Rules, parsers and plugins are those that we ship. Neither configuration of the repository nor
    comments in its files say which of them count.
    """

    name = _NAME
    tier = 2  # tens of milliseconds
    reads_alone = True

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses these files of the mirror; trouble is a status, never an exception."""
        return self._check(mirror, paths, before={})

    def check_parts(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """As `check`, but with functions that were not changed cut down to the names they use."""
        return self._check(mirror, paths, before=_below(mirror, paths))

    def _check(self, mirror: Mirror, paths: Sequence[str], *, before: Mapping[str, str]) -> Check:
        began = time.monotonic()
        rules = {name: _OPTIONS.get(name, ()) for name in self.needed(wanted_of(mirror)).rules}
        job = _Job(mirror, rules, deadline=began + self._context.timeout_s, before=before)
        texts = {p: text_of(mirror, p) for p in paths if PurePosixPath(p).suffix in self.suffixes}
        for batch in _batches(texts):
            self._collect(batch, job)
        return Check(
            tool=_NAME,
            version=version_of("eslint"),
            status=job.status,
            findings=findings_of(_NAME, raw=job.raw, mirror=mirror),
            detail=_detail(job),
            seconds=time.monotonic() - began,
            receipt=job.receipt,
        )

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from its own summary and the texts that we ship."""
        known = lint_rules().get(rule)
        name = rule.rpartition("/")[2]
        text = prompts.rule_text(_NAME, name) if known or rule == _SYNTAX else None
        card = text or {}
        return RuleCard(
            tool=_NAME,
            rule=rule,
            name=name if known else "",
            summary=known.summary if known else card.get("summary", ""),
            why=card.get("why", ""),
            example=card.get("example", ""),
            instead=card.get("instead", ""),
        )

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the rules of this name, with or without the name of their plugin."""
        if asked == _SYNTAX:
            return (asked,)
        fits = (n for n in lint_rules() if asked in {n, *n.split("/")})
        return tuple(sorted(fits)) if asked else ()

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns what of this matters to ESLint: the names of all rules that are to be used."""
        chosen, known = wanted.eslint, lint_rules()
        names = {
            name
            for name, rule in known.items()
            if (name in chosen.select or (rule.recommended and _RECOMMENDED in chosen.select))
            and name not in chosen.ignore
        }
        names |= {rule for rule in wanted.rules if rule in known}
        return Wanted((), "", tuple(sorted(names)), Selection(()))

    def _collect(self, texts: Mapping[str, str], job: _Job) -> None:
        """Asks for all files at once and, where the worker dies of it, for each half of them."""
        left = job.deadline - time.monotonic()
        if left <= 0:
            job.fail([*texts], status=CheckStatus.TIMEOUT, why="took too long")
            return
        before = {path: text for path, text in job.before.items() if path in texts}
        question = Question("lint", {"files": texts, "rules": job.rules, "before": before}, left)
        answer = self._workers.ask(job.mirror.repository or str(job.mirror.root), question)
        report = report_in(answer, paths=texts)
        if report is not None:
            job.receipt = answer.receipt
            job.raw += [_usable(found) for found in raw_findings(report, severity=_severity)]
            for failed in report.failed:
                job.fail([failed.path], status=CheckStatus.CRASHED, why="crashed")
        elif answer.status is CheckStatus.CRASHED and len(texts) > 1:
            paths = [*texts]
            for half in (paths[: len(paths) // 2], paths[len(paths) // 2 :]):
                self._collect({path: texts[path] for path in half}, job)
        else:
            status = answer.status
            bad = CheckStatus.BAD_OUTPUT if status is CheckStatus.OK else status
            job.fail([*texts], status=bad, why=answer.why or "gave no readable answer")


def create(context: AnalyzerContext) -> EslintAnalyzer:
    """Builds the analyzer; nothing is started before it is asked for."""
    return EslintAnalyzer(context)


def _batches(texts: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    batch: dict[str, str] = {}
    for path, text in texts.items():
        batch[path] = text
        if sum(map(len, batch.values())) > _CHARS_PER_QUESTION:
            yield batch
            batch = {}
    if batch:
        yield batch


def _below(mirror: Mirror, paths: Sequence[str]) -> dict[str, str]:
    """Returns what lies on disk below the overlay."""
    changed = [path for path in paths if mirror.overlay.get(path) is not None]
    files = {path: mirror.root / path for path in changed}
    return {p: file.read_bytes().decode("utf-8") for p, file in files.items() if file.is_file()}


def _severity(rule: str) -> Severity:
    if rule in SEVERITIES:
        return SEVERITIES[rule]
    known = lint_rules().get(rule)
    return Severity.WARNING if known is None or known.problem else Severity.NOTE


def _usable(found: RawFinding) -> RawFinding:
    """Takes a suggestion away that would hide the finding and not repair it."""
    hides = found.fix is not None and found.fix.applicability == "unsafe"
    return replace(found, fix=None) if hides and found.rule in _SILENCING else found


def _detail(job: _Job) -> str:
    if job.status is CheckStatus.OK:
        return ""
    if job.status is CheckStatus.UNAVAILABLE:
        return job.why
    files = job.unanswered
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"eslint {job.why} on {files[0]}{more}; leave that file out or simplify it."
