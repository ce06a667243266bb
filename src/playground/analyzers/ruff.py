"""ruff: lint findings and their fixes, in milliseconds."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from playground import prompts
from playground.analyzers.mirror import repository_of, written
from playground.analyzers.profile import AnalyzerContext, Selection, Wanted, selects, wanted_of
from playground.analyzers.reporting import (
    RawFinding,
    absolute_paths,
    findings_of,
    one_line,
    path_in,
)
from playground.analyzers.reporting.counting import Counting
from playground.domain.errors import AnalyzerUnavailable, StorageUnavailable
from playground.domain.findings import Severity, Span, TextEdit, ToolFix
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check, CheckStatus
from playground.security.process import (
    Program,
    ToolCall,
    ToolResult,
    ToolStatus,
    run_tool,
    tool_version,
)

_NAME = "ruff"
_FILES_PER_RUN = 500
_SELECTIONS_MAX = 64
_ALWAYS = "E902"
_COUNTING = Counting(counts_mark=False)
_ID = re.compile(r"[A-Z]+[0-9]+", re.ASCII)
_CATALOGUE_TIMEOUT_S = 20.0

SEVERITIES: Mapping[str, Severity] = {
    "": Severity.NOTE,  # simplification and style, unless named below
    "invalid-syntax": Severity.ERROR,
    "ASYNC2": Severity.WARNING,
    "B": Severity.WARNING,
    "B006": Severity.ERROR,
    "B012": Severity.ERROR,
    "B018": Severity.WARNING,
    "B020": Severity.ERROR,
    "B023": Severity.ERROR,
    "B035": Severity.ERROR,
    "BLE": Severity.WARNING,
    "DTZ": Severity.WARNING,
    "E7": Severity.WARNING,
    "E741": Severity.NOTE,
    "E9": Severity.ERROR,
    "F": Severity.WARNING,
    "F401": Severity.NOTE,
    "F5": Severity.ERROR,
    "F6": Severity.ERROR,
    "F7": Severity.ERROR,
    "F82": Severity.ERROR,
    "LOG": Severity.WARNING,
    "PIE79": Severity.WARNING,
    "PIE790": Severity.NOTE,
    "PLE": Severity.ERROR,
    "PLR0124": Severity.WARNING,
    "PLR1704": Severity.WARNING,
    "PLW": Severity.WARNING,
    "RET502": Severity.WARNING,
    "RET503": Severity.WARNING,
    "RUF00": Severity.WARNING,
    "RUF01": Severity.WARNING,
    "RUF015": Severity.NOTE,
    "RUF019": Severity.NOTE,
    "S": Severity.WARNING,
    "S102": Severity.ERROR,
    "S307": Severity.ERROR,
    "S5": Severity.ERROR,
    "S602": Severity.ERROR,
    "S604": Severity.ERROR,
    "S605": Severity.ERROR,
    "S608": Severity.ERROR,
    "SIM115": Severity.WARNING,
}
"""How bad a rule's findings are; the longest beginning of the rule's id decides."""


class _Place(BaseModel):
    row: int
    column: int


class _Edit(BaseModel):
    content: str
    location: _Place
    end_location: _Place


class _Fix(BaseModel):
    applicability: str
    message: str | None
    edits: list[_Edit]


class _Diagnostic(BaseModel):
    code: str | None
    name: str | None = None
    filename: str
    message: str
    location: _Place
    end_location: _Place
    fix: _Fix | None


class _Rule(BaseModel):
    code: str | None
    name: str
    summary: str
    explanation: str
    status: object = None

    @property
    def usable(self) -> bool:
        """Whether it can be selected: it has an id, is no preview and was not removed."""
        states = {"Stable", "Deprecated"}
        return self.code is not None and any(state in str(self.status) for state in states)


_DIAGNOSTICS = TypeAdapter(list[_Diagnostic])
_RULES = TypeAdapter(list[_Rule])


@dataclass
class _Job:
    """One check: what it asks, and what it collects over several runs."""

    mirror: Mirror
    deadline: float
    options: tuple[str, ...] = ()
    raw: list[RawFinding] = field(default_factory=list[RawFinding])
    unanswered: list[str] = field(default_factory=list[str])
    status: CheckStatus = CheckStatus.OK
    why: str = ""
    receipt: str = ""

    def fail(self, paths: Sequence[str], *, status: CheckStatus, why: str) -> None:
        """Notes files without an answer."""
        self.unanswered += paths
        self.status, self.why = status, why


class RuffAnalyzer:
    """The port `Analyzer` over the ruff program; safe to share between threads.

    Every file that it could not answer for makes the check's status other than OK; the findings
    of the other files are still given, so that one hostile file does not hide them.
    """

    name = _NAME
    suffixes = frozenset({".py", ".pyi"})
    tier = 1  # milliseconds
    reads_alone = True

    def __init__(self, context: AnalyzerContext) -> None:
        self._context = context
        self._selections: dict[Wanted, str] = {}

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses these files of the mirror; trouble is a status, never an exception."""
        began = time.monotonic()
        version = tool_version(Program.RUFF)
        job = _Job(mirror, deadline=began + self._context.timeout_s)
        try:
            job.options = self._options(mirror)
            chosen = [p for p in paths if Path(p).suffix in self.suffixes]
            with written(mirror, alone=chosen) as job.mirror:
                for first in range(0, len(chosen), _FILES_PER_RUN):
                    self._collect(chosen[first : first + _FILES_PER_RUN], job)
        except (AnalyzerUnavailable, StorageUnavailable) as error:
            job.fail(paths, status=CheckStatus.UNAVAILABLE, why=str(error))
        return Check(
            tool=_NAME,
            version=version,
            status=job.status,
            findings=findings_of(_NAME, raw=job.raw, mirror=mirror, counting=_COUNTING),
            detail=_detail(job),
            seconds=time.monotonic() - began,
            receipt=job.receipt,
        )

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from ruff's own documentation.

        Where that shows no code and its repair, or one that breaks another rule, the texts that
        we ship do.
        """
        try:
            known = self._catalogue.get(rule)
        except AnalyzerUnavailable:
            known = None
        if known is None:
            return RuleCard(_NAME, rule, "", "", "", "", "")
        sections = _sections(known.explanation)
        example, instead = _examples(sections.get("Example", "") or known.explanation)
        own = prompts.rule_text(_NAME, rule)
        if own is not None:
            example, instead = own["example"], own["instead"]
        return RuleCard(
            tool=_NAME,
            rule=rule,
            name=known.name,
            summary=known.summary,
            why=_prose(sections.get("Why is this bad?", "") or sections.get("What it does", "")),
            example=example,
            instead=instead,
        )

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the ids that equal or begin with what was asked for; empty if none do.

        Raises:
            AnalyzerUnavailable: ruff is not installed.
        """
        if asked == "invalid-syntax":
            return (asked,)
        return tuple(c for c in sorted(self._catalogue) if selects(asked, c))

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns what of this matters to ruff: its selections, with the rules not yet covered."""
        further = tuple(r for r in wanted.rules if not any(s.covers(r) for s in wanted.selections))
        own = tuple(sorted(rule for rule in further if _ID.fullmatch(rule)))
        return Wanted((*wanted.selections, Selection(own)) if own else wanted.selections, "")

    @cached_property
    def _catalogue(self) -> dict[str, _Rule]:
        result = self._run(("rule", "--all", "--output-format", "json"), _CATALOGUE_TIMEOUT_S, ())
        try:
            rules = _RULES.validate_json(result.stdout)
        except ValidationError as error:
            raise AnalyzerUnavailable(
                "ruff does not list its rules; install Playground again."
            ) from error
        return {rule.code: rule for rule in rules if rule.code is not None and rule.usable}

    def _options(self, mirror: Mirror) -> tuple[str, ...]:
        options = ["--select", self._selected(self.needed(wanted_of(mirror)))]
        repository = repository_of(mirror)
        minor = repository.python_minor or sys.version_info.minor
        options += ["--target-version", f"py3{minor}"]
        if repository.line_length is not None:
            options += ["--line-length", str(repository.line_length)]
        return tuple(options)

    def _selected(self, wanted: Wanted) -> str:
        """Returns the ids of the wanted rules; worked out once, for there are a thousand rules."""
        known = self._selections.get(wanted)
        if known is None:
            covered = (c for c in sorted(self._catalogue) if _covers(wanted, c))
            known = ",".join([_ALWAYS, *covered])
            if len(self._selections) >= _SELECTIONS_MAX:
                self._selections.clear()
            self._selections[wanted] = known
        return known

    def _collect(self, paths: Sequence[str], job: _Job) -> None:
        """Asks for all files at once and, where that gives no answer, for each half of them."""
        left = job.deadline - time.monotonic()
        if left <= 0:
            job.fail(paths, status=CheckStatus.TIMEOUT, why="took too long")
            return
        names = absolute_paths(job.mirror, paths)
        flags = ("--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--no-fix")
        arguments = ("check", *flags, "--output-format", "json", *job.options, "--", *names)
        result = self._run(arguments, left, (job.mirror.root,))
        job.receipt = result.receipt.digest
        raw = _read(result, names)
        if raw is not None:
            job.raw += raw
        elif len(paths) > 1 and result.status is not ToolStatus.TIMEOUT:
            half = len(paths) // 2
            self._collect(paths[:half], job)
            self._collect(paths[half:], job)
        elif result.status is ToolStatus.TIMEOUT:
            job.fail(paths, status=CheckStatus.TIMEOUT, why="took too long")
        else:
            job.fail(paths, status=CheckStatus.CRASHED, why="crashed")

    def _run(
        self, arguments: tuple[str, ...], timeout_s: float, reads: tuple[Path, ...]
    ) -> ToolResult:
        self._context.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        call = ToolCall(Program.RUFF, arguments, self._context.scratch, timeout_s, reads)
        return run_tool(call, room=self._context.room)


def create(context: AnalyzerContext) -> RuffAnalyzer:
    """Builds the analyzer; nothing is started before it is asked for."""
    return RuffAnalyzer(context)


def _covers(wanted: Wanted, code: str) -> bool:
    return any(selection.covers(code) for selection in wanted.selections)


def _detail(job: _Job) -> str:
    if job.status is CheckStatus.OK:
        return ""
    if job.status is CheckStatus.UNAVAILABLE:
        return job.why
    files = job.unanswered
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"ruff {job.why} on {files[0]}{more}; leave that file out or simplify it."


def _read(result: ToolResult, names: dict[str, str]) -> list[RawFinding] | None:
    """Returns what ruff said, None when that is no whole and believable answer."""
    if result.status is not ToolStatus.OK or result.returncode not in {0, 1}:
        return None
    try:
        diagnostics = _DIAGNOSTICS.validate_json(result.stdout)
    except ValidationError:
        return None
    found: list[RawFinding] = []
    for item in diagnostics:
        rule = item.code or item.name or ""
        path = path_in(names, item.filename)
        if path is None or rule in {"", "panic", "E902", "io-error"}:
            return None
        found.append(
            RawFinding(
                rule=rule,
                message=one_line(item.message),
                path=path,
                span=_span(item.location, item.end_location),
                severity=_severity(rule),
                fix=_fix(item.fix),
            )
        )
    return found


def _span(start: _Place, end: _Place) -> Span:
    return Span(start.row, start.column, end.row, end.column)


def _fix(fix: _Fix | None) -> ToolFix | None:
    if fix is None or not fix.edits or fix.applicability not in {"safe", "unsafe"}:
        return None
    edits = tuple(TextEdit(_span(e.location, e.end_location), e.content) for e in fix.edits)
    return ToolFix(fix.applicability, fix.message or "", edits)


@cache
def _severity(rule: str) -> Severity:
    return SEVERITIES[max((s for s in SEVERITIES if not s or selects(s, rule)), key=len)]


def _sections(explanation: str) -> dict[str, str]:
    parts = re.split(r"^## +(.*)$", explanation, flags=re.MULTILINE)
    return {title.strip(): body for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _examples(body: str) -> tuple[str, str]:
    blocks = re.findall(r"^```\w*\n(.*?)^```", body, flags=re.MULTILINE | re.DOTALL)
    head, found, _tail = body.partition("Use instead")
    if found and "```" in head:
        before = re.findall(r"^```\w*\n(.*?)^```", head, flags=re.MULTILINE | re.DOTALL)
        return before[-1] if before else "", blocks[len(before)] if len(blocks) > len(
            before
        ) else ""
    return (blocks[0] if blocks else ""), ""


def _prose(body: str) -> str:
    without_code = re.sub(r"^```.*?^```", "", body, flags=re.MULTILINE | re.DOTALL)
    without_links = re.sub(r"\[([^\]]+)\](\[[^\]]*\]|\([^)]*\))?", r"\1", without_code)
    return one_line(without_links, characters_max=1_000)
