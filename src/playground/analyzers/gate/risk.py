"""How much of the behaviour is provably unchanged, and in which words to say so."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from playground.analyzers.gate.behaviour.demands import demanded_by
from playground.analyzers.gate.behaviour.facts import Compared, compare, imports_are_harmless
from playground.analyzers.gate.behaviour.likeness import Likeness
from playground.analyzers.gate.behaviour.wording import sentences
from playground.analyzers.gate.signatures import objections as signature_objections
from playground.analyzers.gate.view import ChangeView
from playground.domain.findings import Finding, with_edits
from playground.domain.verdicts import Aspect, Fact, RiskTier

_STATEMENTS_MAX = 24
_NEVER_DEMANDED = frozenset({Aspect.EXPORTS, Aspect.DECORATORS, Aspect.WAITS, Aspect.RAISED})


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known about the behaviour of one or more changed files.

    Attributes:
        tier: see `RiskTier`.
        evidence: sentences.
        facts: one for each aspect that was compared; empty if a file could not be.
    """

    tier: RiskTier
    evidence: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


def assess(views: Sequence[ChangeView]) -> tuple[RiskTier, tuple[str, ...]]:
    """Returns tier and evidence of a change that no finding asked for."""
    found = assessment_of(views)
    return found.tier, found.evidence


def assessment_of(views: Sequence[ChangeView], *, finding: Finding | None = None) -> Assessment:
    """Returns the risk of all changed files together, and sentences about what is proved.

    Args:
        views: the changed files.
        finding: what the change repairs; what its rule asks for is no surprise.
    """
    return merged([_one(view, finding) for view in views])


def merged(assessments: Sequence[Assessment]) -> Assessment:
    """Returns what holds for several files: the highest tier, and all that was said.

    Two files of tier B are one of tier C, because nobody asked for a change in two places.
    """
    tiers = [assessment.tier for assessment in assessments]
    tier = max(tiers, default=RiskTier.A)
    if tier is RiskTier.B and tiers.count(RiskTier.B) > 1:
        tier = RiskTier.C
    evidence = dict.fromkeys(text for assessment in assessments for text in assessment.evidence)
    comparable = bool(assessments) and all(assessment.facts for assessment in assessments)
    return Assessment(tier, tuple(evidence), _united(assessments) if comparable else ())


def _united(assessments: Sequence[Assessment]) -> tuple[Fact, ...]:
    facts = [fact for assessment in assessments for fact in assessment.facts]
    return tuple(
        Fact(
            aspect,
            tuple(sorted({t for f in facts if f.aspect is aspect for t in f.removed})),
            tuple(sorted({t for f in facts if f.aspect is aspect for t in f.added})),
        )
        for aspect in Aspect
    )


def _one(view: ChangeView, finding: Finding | None) -> Assessment:
    if not view.is_python:
        return Assessment(RiskTier.D, (f"{view.path} is not Python: nothing is proved about it.",))
    if view.is_new:
        return Assessment(RiskTier.C, (f"{view.path} is a new file: nothing in it can change.",))
    if not view.comparable:
        said = f"{view.path} cannot be parsed on both sides: nothing is proved."
        return Assessment(RiskTier.D, (said,))
    compared = compare(view)
    evidence = tuple(sentences(compared))
    if finding is not None and _is_safe_fix(view, finding):
        said = f"Exactly {finding.tool}'s own safe fix of {finding.rule}."
        return Assessment(RiskTier.A, (said, *evidence), compared.facts)
    return Assessment(_tier(view, compared, finding), evidence, compared.facts)


def _is_safe_fix(view: ChangeView, finding: Finding) -> bool:
    """Whether a change is, to the letter, a fix that the analyzer calls safe."""
    fix = finding.fix
    if fix is None or fix.applicability != "safe" or finding.path != view.path:
        return False
    return with_edits(view.before or "", fix.edits) == view.after


def _tier(view: ChangeView, compared: Compared, finding: Finding | None) -> RiskTier:
    match compared.likeness:
        case Likeness.SAME:
            return RiskTier.A
        case Likeness.DOCSTRINGS:
            return RiskTier.B
        case Likeness.ANNOTATIONS:
            return RiskTier.C if _has_read_annotations(view) else RiskTier.B
        case Likeness.IMPORTS:
            quiet = imports_are_harmless(view) and not _has_read_annotations(view)
            return RiskTier.B if quiet else RiskTier.C
        case Likeness.NONE:
            pass
    if not compared.is_telling or _statements(compared) > _STATEMENTS_MAX:
        return RiskTier.D
    return RiskTier.B if finding and _is_demanded(view, compared, finding) else RiskTier.C


def _statements(compared: Compared) -> int:
    code = compared.fact(Aspect.CODE)
    return len(code.removed) + len(code.added)


def _has_read_annotations(view: ChangeView) -> bool:
    """Whether an annotation changed that code may read: a field's, or a decorated function's."""
    for part in view.parts:
        for node in part.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
                return True
            if isinstance(node, ast.ClassDef):
                changed = {id(statement) for statement in part.statements}
                fields = [s for s in node.body if isinstance(s, ast.AnnAssign)]
                if any(id(statement) in changed for statement in fields):
                    return True
    return False


def _is_demanded(view: ChangeView, compared: Compared, finding: Finding) -> bool:
    """Whether a change does in one place what the rule asks for, and nothing besides."""
    demanded = demanded_by(finding.rule)
    if view.path != finding.path or len(compared.places) != 1 or not demanded:
        return False
    lines = range(finding.span.start_line, finding.span.end_line + 1)
    head = Aspect.SIGNATURES in demanded
    if Aspect.FLOW not in compared.changed:  # a rewritten return, none that is new or gone
        demanded |= {Aspect.RETURNS}
    return (
        compared.changed <= demanded - _NEVER_DEMANDED
        and (head or all(line in lines for line in compared.rewritten))
        and (Aspect.IMPORTS not in compared.changed or imports_are_harmless(view))
        and not signature_objections(view, rule=finding.rule)
    )
