"""Which knowledge a changed file is judged with, by its language.

Python is read in this process; a script's facts were read by a worker and lie beside the views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from playground.analyzers.gate import dodges, risk
from playground.analyzers.gate.javascript.facts import ScriptFacts
from playground.analyzers.gate.javascript.reader import ScriptChange
from playground.analyzers.gate.javascript.resolving import KnownModules
from playground.analyzers.gate.javascript.resolving import objections as unresolvable
from playground.analyzers.gate.risk import Assessment
from playground.analyzers.gate.view import ChangeView
from playground.domain import javascript
from playground.domain.findings import Finding
from playground.domain.tasks import Task
from playground.domain.verdicts import How, Objection, RiskTier

Scripts = Mapping[str, ScriptFacts]
"""Facts about changed scripts, by path."""

_SETTINGS = re.compile(
    r"(?:^|/)(?:[tj]sconfig[\w.-]*\.json|\.?eslint(?:rc)?[\w.-]*|\.eslintignore|package\.json"
    r"|biome\.jsonc?|\.?oxlintrc[\w.-]*)\Z"
)


def script_changes(views: Sequence[ChangeView]) -> list[ScriptChange]:
    """Returns the changes that a worker must read: scripts, and settings of their tools."""
    return [
        ScriptChange(view.path, view.before, view.after)
        for view in views
        if javascript.is_script(view.path) or _SETTINGS.search(view.path)
    ]


def of_scripts(task: Task, *, scripts: Scripts, known: KnownModules) -> Iterator[Objection]:
    """Yields what speaks against changed scripts.

    Args:
        task: says whether public signatures may change.
        scripts: facts about them.
        known: what they may import.
    """
    for path, facts in scripts.items():
        found = [*facts.intake, *facts.dodges]
        if not task.signatures_free:
            found += [Objection("signature-changed", sentence) for sentence in facts.broken]
        found += unresolvable(facts.imports, path=path, known=known, new=scripts)
        yield from (Objection(o.code, f"{path}: {o.message}") for o in found)


def how(
    view: ChangeView, finding: Finding, *, scripts: Scripts, beside: Sequence[ChangeView] = ()
) -> How:
    """Says how a finding of a changed file that is gone went away.

    Args:
        view: the finding's file.
        finding: as it was reported before.
        scripts: facts about changed scripts.
        beside: all changed files; the finding may have moved to another one.
    """
    facts = scripts.get(view.path)
    if facts is not None:
        return facts.how(finding, before=view.before or "", after=view.after)
    if javascript.is_script(view.path):
        return How.UNKNOWN
    return dodges.classify(view, finding, beside=beside)


def assess(
    views: Sequence[ChangeView], *, scripts: Scripts, finding: Finding | None = None
) -> Assessment:
    """Returns what is known about the behaviour of all changed files together.

    Args:
        views: the changed files.
        scripts: facts about those that are scripts.
        finding: what the change repairs, None for a request.
    """
    if not views:
        return Assessment(RiskTier.D)
    own = [view for view in views if view.path not in scripts]
    found = [risk.assessment_of(own, finding=finding)] if own else []
    found += [Assessment(_tier(facts), facts.evidence) for facts in scripts.values()]
    return risk.merged(found)


def _tier(facts: ScriptFacts) -> RiskTier:
    """Returns a script's tier in the words of `RiskTier`.

    A worker's B does not know what the rule asks for, and an import may run what it imports.
    """
    imports = bool(facts.imports) and facts.tier is RiskTier.A
    return RiskTier.C if imports or facts.tier is RiskTier.B else facts.tier
