"""typescript: the compiler's type errors, without compiling anything."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence

from playground import prompts
from playground.analyzers.javascript import (
    Base,
    Question,
    ScriptAnalyzer,
    compiler_errors,
    raw_findings,
    report_in,
    version_of,
)
from playground.analyzers.javascript.libraries import declarations_of
from playground.analyzers.mirror import repository_of
from playground.analyzers.profile import AnalyzerContext, Selection, Wanted
from playground.analyzers.reporting import RawFinding, findings_of
from playground.domain.findings import Severity
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check, CheckStatus
from playground.security.reading import JAVASCRIPT

_NAME = "typescript"
_WORD = re.compile(r"[A-Za-z]+")
_SENTENCES = {
    CheckStatus.TIMEOUT: "typescript took too long; analyse fewer files.",
    CheckStatus.BAD_OUTPUT: "typescript gave no readable answer; run doctor.",
}


class TypeScriptAnalyzer(ScriptAnalyzer):
    """The port `Analyzer` over the compiler's language service; safe to share between threads.

    The compiler reads no file: it is told the mirror's texts, the settings that describe the code,
    and the declarations of installed packages.
    """

    name = _NAME
    tier = 3  # seconds for the first answer about a repository

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses these files of the mirror; trouble is a status, never an exception."""
        return self._check(mirror, paths, quick=False)

    def check_parts(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """As `check`, but of a changed file only the statements whose functions were changed.

        Where a change may reach further, whole files are checked.
        """
        return self._check(mirror, paths, quick=True)

    def _check(self, mirror: Mirror, paths: Sequence[str], *, quick: bool) -> Check:
        began = time.monotonic()
        chosen = [p for p in paths if p.endswith(JAVASCRIPT)]
        raw: list[RawFinding] = []
        status, detail, receipt = CheckStatus.OK, "", ""
        if chosen:
            members = {"paths": chosen, "overlay": _overlay(mirror), "quick": quick}
            question = Question("types", members, self._context.timeout_s)
            answer = self._workers.ask(
                mirror.repository or str(mirror.root), question, base=_base(mirror)
            )
            status, receipt = answer.status, answer.receipt
            report = report_in(answer, paths=chosen)
            if report is None:
                status = CheckStatus.BAD_OUTPUT if status is CheckStatus.OK else status
                detail = _SENTENCES.get(status) or f"typescript {answer.why}; analyse fewer files."
            else:
                raw = raw_findings(report, severity=lambda _rule: Severity.ERROR)
                if report.failed:
                    status = CheckStatus.CRASHED
                    detail = f"typescript crashed on {report.failed[0].path}; simplify that file."
        return Check(
            tool=_NAME,
            version=version_of(_NAME),
            status=status,
            findings=findings_of(_NAME, raw=raw, mirror=mirror),
            detail=detail,
            seconds=time.monotonic() - began,
            receipt=receipt,
        )

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of an error from the compiler's own message and the texts we ship."""
        known = compiler_errors().get(rule, "")
        card = (prompts.rule_text(_NAME, rule) or {}) if known else {}
        return RuleCard(
            tool=_NAME,
            rule=rule,
            name="-".join(_WORD.findall(known)[:8]).lower(),
            summary=card.get("summary", known),
            why=card.get("why", ""),
            example=card.get("example", ""),
            instead=card.get("instead", ""),
        )

    def rules_like(self, asked: str) -> tuple[str, ...]:
        """Returns the error of this number, such as "TS2345", if there is one."""
        return (asked,) if asked in compiler_errors() else ()

    def needed(self, wanted: Wanted) -> Wanted:
        """Returns what of this matters to the compiler: nothing, it always says all that it can."""
        del wanted
        return Wanted((), "", (), Selection(()))


def create(context: AnalyzerContext) -> TypeScriptAnalyzer:
    """Builds the analyzer; nothing is started before it is asked for."""
    return TypeScriptAnalyzer(context)


def _overlay(mirror: Mirror) -> Mapping[str, str | None]:
    return {p: text for p, text in mirror.overlay.items() if p.endswith(JAVASCRIPT)}


def _base(mirror: Mirror) -> Base:
    settings = repository_of(mirror).javascript

    def opening() -> Mapping[str, object]:
        names = {*mirror.paths, *mirror.overlay}
        files = {p: mirror.root / p for p in sorted(names) if p.endswith(JAVASCRIPT)}
        return {
            "files": {
                path: file.read_bytes().decode("utf-8")
                for path, file in files.items()
                if file.is_file()
            },
            "libraries": declarations_of(settings),
            "options": {
                "compilerOptions": json.loads(settings.options),
                "dependencies": settings.dependencies,
                "name": settings.name,
            },
        }

    state = f"{mirror.root}\0{mirror.state}\0{settings!r}" if mirror.state else ""
    return Base(state, opening)
