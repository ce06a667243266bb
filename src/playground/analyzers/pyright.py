"""pyright: type findings; reads, infers and never starts an interpreter."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from playground import prompts
from playground.analyzers.mirror import (
    ENVIRONMENT,
    reads_of,
    repository_of,
    write_config,
    written,
)
from playground.analyzers.profile import AnalyzerContext, Wanted, wanted_of
from playground.analyzers.reporting import RawFinding, absolute_paths, findings_of, path_in
from playground.analyzers.reporting.pyright_answers import (
    COUNTING,
    SUFFIXES,
    UNNAMED,
    Statement,
    TextRange,
    raw_findings,
)
from playground.analyzers.reporting.pyright_rules import OPTIONAL, RULES
from playground.analyzers.servers.pyright_pool import Answer, PyrightPool, WarmSettings
from playground.domain.errors import AnalyzerUnavailable, StorageUnavailable
from playground.domain.findings import Severity
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

_NAME = "pyright"
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}
_MODES = ("off", "basic", "standard", "strict")
_PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
_STATUSES = {
    ToolStatus.TIMEOUT: (CheckStatus.TIMEOUT, "pyright took too long; analyse fewer files."),
    ToolStatus.CRASHED: (CheckStatus.CRASHED, "pyright crashed; analyse fewer files."),
    ToolStatus.TOO_MUCH_OUTPUT: (
        CheckStatus.BAD_OUTPUT,
        "pyright wrote more than can be believed; analyse fewer files.",
    ),
}


class _Diagnostic(BaseModel):
    file: str
    severity: str
    message: str
    range: TextRange | None = None
    rule: str | None = None


class _Summary(BaseModel):
    files: int = Field(alias="filesAnalyzed")


class _Report(BaseModel):
    version: str
    diagnostics: list[_Diagnostic] = Field(alias="generalDiagnostics")
    summary: _Summary


class PyrightAnalyzer:
    """The port `Analyzer` over pyright; safe to share between threads.

    `check` starts pyright's command line on files, `compare` asks a server that stays. Everything
    that either may know comes from configuration of our own: no interpreter is named or found,
    suppression comments do not count, and imports are looked up in the mirror and in the links
    beside it.
    """

    name = _NAME
    suffixes = frozenset({".py", ".pyi"})
    tier = 3  # seconds

    def __init__(self, context: AnalyzerContext) -> None:
        self._context = context
        self._numbers = itertools.count()
        # One run takes a processor and several hundred megabytes.
        self._turns = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))
        self._warm = PyrightPool(
            WarmSettings(
                scratch=context.scratch,
                timeout_s=context.timeout_s,
                room=context.room,
                config_of=self._server_config,
                plants_type_error=lambda mirror: self._mode(mirror) != "off",
            )
        )

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses these files of the mirror; trouble is a status, never an exception."""
        began = time.monotonic()
        chosen = [p for p in paths if Path(p).suffix in self.suffixes]
        version = tool_version(Program.PYRIGHT)
        raw: list[RawFinding] = []
        try:
            status, detail = (CheckStatus.OK, "")
            if chosen:
                with self._turns, written(mirror) as files:
                    status, detail = _read(self._run(files, chosen), files, chosen, into=raw)
        except (AnalyzerUnavailable, StorageUnavailable) as error:
            status, detail = CheckStatus.UNAVAILABLE, str(error)
        seconds = time.monotonic() - began
        findings = findings_of(_NAME, raw=raw, mirror=mirror, counting=COUNTING)
        return Check(_NAME, version, status, findings, detail, seconds)

    def prepare(self, mirror: Mirror) -> None:
        """Starts a server for the mirror's repository in the background."""
        self._warm.prepare(mirror)

    def is_ready(self, mirror: Mirror) -> bool:
        """Whether a server for the mirror's repository has started."""
        return self._warm.is_ready(mirror)

    def compare(
        self, base: Mirror, after: Mirror, *, before: Sequence[str], paths: Sequence[str]
    ) -> tuple[Check, Check]:
        """Analyses files of the base and of the changed tree on one server that stays."""
        first, second = self._warm.compare(
            base,
            after,
            before=[p for p in before if p.endswith(SUFFIXES)],
            paths=[p for p in paths if p.endswith(SUFFIXES)],
        )
        return _check(first, base), _check(second, after)

    def close(self) -> None:
        """Ends the servers; may be called twice."""
        self._warm.close()

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from the texts that we ship."""
        text = prompts.rule_text(_NAME, rule) or {}
        words = " ".join(re.findall(r"[A-Z][a-z]+", rule)).lower() if rule in RULES else ""
        return RuleCard(
            tool=_NAME,
            rule=rule,
            name=words.replace(" ", "-"),
            summary=text.get("summary", ""),
            why=text.get("why", ""),
            example=text.get("example", ""),
            instead=text.get("instead", ""),
        )

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the rule of this name, or those that begin with it, such as "reportOptional"."""
        if asked in RULES or asked == UNNAMED:
            return (asked,)
        return tuple(sorted(r for r in RULES if asked.startswith("report") and r.startswith(asked)))

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns what of this matters to pyright: its mode, and rules that the mode leaves out."""
        on = RULES - OPTIONAL if wanted.pyright_mode == "standard" else frozenset[str]()
        further = tuple(sorted(rule for rule in wanted.rules if rule in RULES and rule not in on))
        return Wanted((), wanted.pyright_mode, further)

    def _run(self, mirror: Mirror, paths: Sequence[str]) -> ToolResult:
        self._context.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"pyright-{next(self._numbers)}.json"
        config = write_config(mirror, name=name, content=self._config(mirror, paths))
        try:
            call = ToolCall(
                program=Program.PYRIGHT,
                arguments=("--outputjson", "-p", str(config)),
                scratch=self._context.scratch,
                timeout_s=self._context.timeout_s,
                reads=reads_of(mirror),
            )
            return run_tool(call, room=self._context.room)
        finally:
            config.unlink(missing_ok=True)

    def _server_config(self, mirror: Mirror) -> str:
        return json.dumps(self._config(mirror, ["."]), sort_keys=True)

    def _mode(self, mirror: Mirror) -> str:
        wanted, repository = wanted_of(mirror), repository_of(mirror)
        return max(wanted.pyright_mode, repository.pyright_mode or "off", key=_MODES.index)

    def _config(self, mirror: Mirror, paths: Sequence[str]) -> Mapping[str, object]:
        tree = os.path.relpath(mirror.root, mirror.config)
        repository = repository_of(mirror)
        minor = repository.python_minor or sys.version_info.minor
        further = self.needed(wanted_of(mirror)).rules
        levels = dict(repository.pyright_rules) | dict.fromkeys(further, "error")
        return {
            "include": [f"{tree}/{path}" for path in paths],
            "exclude": [],
            "executionEnvironments": [
                {
                    "root": tree,
                    "extraPaths": [f"{tree}/{p}" for p in ("src", *repository.extra_paths)],
                }
            ],
            "venvPath": os.path.relpath(mirror.config.parent, mirror.config),
            "venv": ENVIRONMENT,
            "pythonVersion": f"3.{minor}",
            "pythonPlatform": repository.platform or _PLATFORMS.get(sys.platform, "Linux"),
            "typeCheckingMode": self._mode(mirror),
            "enableTypeIgnoreComments": False,
            # Installed stubs without sources say something about this machine, not about the code.
            "reportMissingModuleSource": "none",
            **{rule: level for rule, level in levels.items() if rule in RULES},
        }


def create(context: AnalyzerContext) -> PyrightAnalyzer:
    """Builds the analyzer; nothing is started before it is asked for."""
    return PyrightAnalyzer(context)


def _check(answer: Answer, mirror: Mirror) -> Check:
    raw = raw_findings(answer.statements, mirror=mirror) if answer.statements else []
    return Check(
        tool=_NAME,
        version=tool_version(Program.PYRIGHT),
        status=answer.status,
        findings=findings_of(_NAME, raw=raw, mirror=mirror, counting=COUNTING),
        detail=answer.detail,
        seconds=answer.seconds,
        receipt=answer.receipt,
    )


def _read(
    result: ToolResult, mirror: Mirror, paths: Sequence[str], *, into: list[RawFinding]
) -> tuple[CheckStatus, str]:
    """Adds what pyright said, and returns whether that is a whole and believable answer."""
    if result.status is not ToolStatus.OK:
        return _STATUSES[result.status]
    try:
        report = _Report.model_validate_json(result.stdout)
    except ValidationError:
        report = None
    if report is None or result.returncode not in {0, 1}:
        return CheckStatus.BAD_OUTPUT, "pyright gave no readable answer; run doctor."
    if report.summary.files < len(paths):
        count = f"{report.summary.files} of {len(paths)}"
        return CheckStatus.BAD_OUTPUT, f"pyright analysed only {count} files; analyse fewer files."
    into += raw_findings(_statements(report.diagnostics, mirror, paths), mirror=mirror)
    return CheckStatus.OK, ""


def _statements(
    diagnostics: Iterable[_Diagnostic], mirror: Mirror, paths: Sequence[str]
) -> Iterator[Statement]:
    names = absolute_paths(mirror, paths)
    for item in diagnostics:
        path, severity = path_in(names, item.file), _SEVERITIES.get(item.severity)
        if path is not None and item.range is not None and severity is not None:
            yield Statement(
                path=path,
                severity=severity,
                message=item.message,
                range=item.range,
                rule=item.rule,
            )
