"""One JSON object a line: the head-less form that other programs build on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from playground.domain.candidates import Cost, Provenance, Usage
from playground.domain.findings import Finding
from playground.domain.ports import Survey, Workspace
from playground.domain.proposals import Proposal
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.domain.verdicts import Check, Fact
from playground.surfaces.rendering.diffs import patch_text
from playground.surfaces.reporting.checked import Known
from playground.surfaces.working.outcomes import Outcome, Result, Totals

_SOURCES = {
    Source.TOOL: "tool",
    Source.RECIPE: "recipe",
    Source.ENGINE: "engine",
    Source.SAMPLES: "engine",
    Source.CARRIED: "engine",
    Source.PERSON: "person",
}


def source_of(provenance: Provenance) -> str:
    """Returns who made a change: "tool", "recipe", "engine" or "person"."""
    if provenance.source is not Source.MEND:
        return _SOURCES[provenance.source]
    return "engine" if provenance.engine else "recipe" if provenance.recipe else "tool"


def json_line(value: Mapping[str, object]) -> str:
    """Returns the object as one line with its end; lone surrogates are escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


def finding_object(finding: Finding) -> dict[str, object]:
    """Returns a finding as it is listed by `check` and in `fixed` and `added`."""
    return {
        "path": finding.path,
        "tool": finding.tool,
        "rule": finding.rule,
        "line": finding.span.start_line,
        "column": finding.span.start_column,
        "severity": finding.severity.value,
        "symbol": finding.symbol,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
    }


def known_object(known: Known) -> dict[str, object]:
    """Returns a finding of an earlier state that is gone."""
    return {
        "path": known.path,
        "tool": known.tool,
        "rule": known.rule,
        "message": known.message,
        "fingerprint": known.fingerprint,
    }


def tokens_object(usage: Usage) -> dict[str, int]:
    """Returns tokens by kind."""
    return {"prompt": usage.prompt, "cached": usage.cached, "completion": usage.completion}


def cost_object(cost: Cost) -> dict[str, object] | None:
    """Returns money as exact text, None where no price is configured."""
    return {"amount": cost.amount, "currency": cost.currency} if cost.amount else None


def engine_object(provenance: Provenance) -> dict[str, object] | None:
    """Returns who made a proposal and for what, None when no model was asked."""
    if not provenance.model:
        return None
    return {
        "name": provenance.name,
        "kind": provenance.engine,
        "model": provenance.model,
        "tokens": tokens_object(provenance.usage),
        "seconds": round(provenance.seconds, 3),
        "cost": cost_object(provenance.cost),
    }


def check_object(check: Check) -> dict[str, object]:
    """Returns what became of one analyzer."""
    return {
        "tool": check.tool,
        "version": check.version,
        "status": check.status.value,
        "detail": check.detail,
    }


def result_object(result: Result, *, workspace: Workspace) -> dict[str, object]:
    """Returns the line of one finding."""
    finding, run = result.finding, result.run
    proposal = run.proposal if run and result.outcome is Outcome.PROPOSED else None
    return {
        "type": "finding",
        "run": run.id if run else None,
        "path": finding.path if finding else None,
        "tool": finding.tool if finding else None,
        "rule": finding.rule if finding else None,
        "line": finding.span.start_line if finding else None,
        "message": finding.message if finding else None,
        "outcome": result.outcome.value,
        "reason": result.reason or None,
        **_proposal_members(run, proposal, workspace),
        "attempts": len(run.generations) if run else 0,
        "tokens": tokens_object(run.usage if run else Usage()),
        "cost": cost_object(run.cost if run else Cost()),
        "skipped_engines": dict(run.skipped) if run else {},
        "seconds": round(result.seconds, 3),
    }


def _proposal_members(
    run: Run | None, proposal: Proposal | None, workspace: Workspace
) -> dict[str, object]:
    if run is None or proposal is None:
        empty: list[object] = []
        return {
            "source": None,
            "engine": None,
            "diff": None,
            "fixed": empty,
            "added": empty,
            "how": None,
            "risk": None,
            "evidence": empty,
            "behaviour": None,
            "episodes": empty,
        }
    verdict = proposal.verdict
    fixed = [finding_object(v.finding) | {"how": v.how.value} for v in verdict.fixed]
    return {
        "source": source_of(proposal.provenance),
        "engine": engine_object(proposal.provenance),
        "diff": patch_text(proposal.patch, root=Path(run.task.root), workspace=workspace),
        "fixed": fixed,
        "added": [finding_object(f) for f in verdict.added],
        "how": _how(run, proposal),
        "risk": proposal.risk.value,
        "evidence": list(verdict.evidence),
        "behaviour": behaviour_object(verdict.facts) if verdict.facts else None,
        "episodes": list(proposal.provenance.episodes),
    }


def behaviour_object(facts: Sequence[Fact]) -> dict[str, object]:
    """Returns the compared aspects: those that are the same by name, the others with what."""
    changed = [fact for fact in facts if not fact.is_same]
    return {
        "unchanged": [fact.aspect.value for fact in facts if fact.is_same],
        "changed": {
            fact.aspect.value: {"removed": list(fact.removed), "added": list(fact.added)}
            for fact in changed
        },
    }


def _how(run: Run, proposal: Proposal) -> str | None:
    wanted = run.task.finding.fingerprint if run.task.finding else ""
    fixed = proposal.verdict.fixed
    target = (v.how.value for v in fixed if v.finding.fingerprint == wanted)
    return next(target, fixed[0].how.value if fixed else None)


def summary_object(totals: Totals, *, survey: Survey) -> dict[str, object]:
    """Returns the last line of `improve`."""
    return {
        "type": "summary",
        "root": survey.root,
        "files": survey.files,
        "findings": totals.findings,
        "proposed": totals.count(Outcome.PROPOSED),
        "gave_up": totals.count(Outcome.GAVE_UP),
        "skipped": totals.count(Outcome.SKIPPED),
        "errors": totals.count(Outcome.ERROR),
        "not_tried": totals.beyond,
        "checks": [check_object(check) for check in survey.checks],
        "not_read": [{"path": path, "reason": reason} for path, reason in survey.skipped],
        "tokens": tokens_object(totals.usage),
        "seconds": round(totals.seconds, 3),
    }
