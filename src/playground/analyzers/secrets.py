"""secrets: credentials that stand in a source text, found by ourselves and never repeated.

No finding holds the secret, not even in the line that it quotes, because findings are written into
the journal, shown to models and printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from playground.analyzers.inspection import Spot, card_of
from playground.analyzers.inspection.analyzer import OwnAnalyzer
from playground.analyzers.profile import AnalyzerContext
from playground.analyzers.reporting import text_of
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, Severity, normalised
from playground.domain.ports import Mirror, RuleCard
from playground.domain.verdicts import Check
from playground.security.secrets import KINDS, Secret, find_secrets

_NAME = "secrets"
_PREFIX = "secret-"
_GUESSED = frozenset({"assigned-secret", "bearer-token", "url-password"})
_RULES = tuple(sorted(_PREFIX + kind for kind in KINDS))


class SecretsAnalyzer(OwnAnalyzer):
    """The port `Analyzer` over the patterns that also guard the door; safe to share."""

    def __init__(self, context: AnalyzerContext) -> None:
        super().__init__(_NAME, look=_spots, rules=_RULES, context=context)

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Looks at these files of the mirror; trouble is a status, never an exception."""
        check = super().check(mirror, paths=paths)
        return replace(check, findings=tuple(_without_secrets(check.findings, mirror)))

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule from the texts that we ship."""
        if rule not in _RULES:
            return RuleCard(_NAME, rule, "", "", "", "", "")
        card = card_of(_NAME, "secret")
        name = rule.removeprefix(_PREFIX)
        summary = f"A credential stands in the code ({name.replace('-', ' ')})."
        return replace(card, rule=rule, name=name, summary=summary)


def create(context: AnalyzerContext) -> SecretsAnalyzer:
    """Builds the analyzer."""
    return SecretsAnalyzer(context)


def _spots(path: str, *, text: str) -> Iterator[Spot]:
    del path
    for secret in find_secrets(text):
        severity = Severity.WARNING if secret.kind in _GUESSED else Severity.ERROR
        yield Spot(_PREFIX + secret.kind, _message(secret), secret.start, secret.end, severity)


def _message(secret: Secret) -> str:
    what = secret.kind.replace("-", " ")
    if secret.kind in _GUESSED:
        return f"This looks like a credential ({what}); read it from outside of the code"
    return f"A credential stands in the code ({what}); revoke it and read it from outside"


def _without_secrets(findings: Sequence[Finding], mirror: Mirror) -> Iterator[Finding]:
    """Yields the findings with quoted lines in which secrets are masked, and their ordinals."""
    seen: Counter[tuple[str, ...]] = Counter()
    path, lines = "", list[str]()
    for finding in findings:
        if finding.path != path:
            path = finding.path
            lines = split_lines(_masked(text_of(mirror, path)))
        line_text = lines[finding.span.start_line - 1].rstrip("\r\n")
        key = (finding.rule, path, finding.symbol, normalised(line_text))
        yield replace(finding, line_text=line_text, statement="", ordinal=seen[key])
        seen[key] += 1


def _masked(text: str) -> str:
    """Returns the text with a mask in place of each secret, and as many lines as before."""
    pieces: list[str] = []
    cursor = 0
    for secret in find_secrets(text):
        lines = "\n" * secret.value.count("\n")
        pieces += [text[cursor : secret.start], f"[redacted:{secret.kind}]{lines}"]
        cursor = secret.end
    return "".join([*pieces, text[cursor:]])
