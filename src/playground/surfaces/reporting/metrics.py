"""Counters over the journal, as Prometheus text and as one JSON object a finding.

Everything is counted anew from the recorded events, so there is no counter that could be wrong or
be lost, and nothing has to run for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from playground.campaigns.opening import prefix_of
from playground.campaigns.state import Campaign, Stage, folded
from playground.domain.campaigns import PREFIX, CampaignEvent, Records, ReviewTaken
from playground.domain.events import DecisionTaken, ProposalMade
from playground.domain.runs import Run
from playground.surfaces.campaigning.status import state_of

REQUEST = "(request)"
"""The rule of runs that were asked for in words."""

_HELP = {
    "playground_runs": "Runs by rule and by where they stand.",
    "playground_proposals_total": "Proposals that were shown, by rule.",
    "playground_tokens_total": "Tokens by rule and kind; cached ones are part of the prompt's.",
    "playground_work_seconds_total": "Seconds of work in runs, by rule.",
    "playground_reviewer_seconds_total": "Seconds that persons spent on decisions, by rule.",
    "playground_money_total": "Money for engine calls, by rule and currency.",
    "playground_campaign_items": "Findings of a campaign by stage.",
    "playground_campaign_tokens_total": "Tokens of a campaign.",
    "playground_campaign_work_seconds_total": "Seconds in which a campaign was worked on.",
    "playground_campaign_reviewer_seconds_total": "Seconds that persons spent on a campaign.",
    "playground_campaign_canaries_total": "Canaries of a campaign, by whether they were noticed.",
}

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one finding or request took and what came of it.

    Attributes:
        run: its run.
        reviewer_s: seconds that persons looked at its proposals before they decided.
    """

    run: Run
    reviewer_s: float

    @property
    def rule(self) -> str:
        """The finding's rule, or `REQUEST`."""
        return self.run.task.finding.rule if self.run.task.finding else REQUEST

    @property
    def state(self) -> str:
        """Where the run stands: waiting, open, or its outcome."""
        if self.run.ended is not None:
            return self.run.ended.outcome
        return "waiting" if self.run.waiting is not None else "open"

    @property
    def is_adopted(self) -> bool | None:
        """Whether a person took the change; None before they decided."""
        return {"applied": True, "rejected": False, "undone": False}.get(self.state)


def measured(records: Records, *, root: str) -> tuple[list[Measured], list[Campaign]]:
    """Returns every run and every campaign of one repository, or of all for an empty root."""
    campaigns: list[Campaign] = []
    looked: dict[str, float] = {}
    for campaign_id in records.campaigns(prefix_of(root) if root else PREFIX):
        events = records.campaign_events(campaign_id)
        campaigns.append(folded(campaign_id, events))
        for run_id, seconds in _seconds_of(events):
            looked[run_id] = looked.get(run_id, 0.0) + seconds
    runs = records.runs(root=root)
    return [Measured(run, looked.get(run.id, _looked_s(run))) for run in runs], campaigns


def _looked_s(run: Run) -> float:
    """Returns the time before its decisions; the review of a campaign records looks of its own."""
    taken = (event for event in run.events if isinstance(event, DecisionTaken))
    return sum(event.decision.looked_s for event in taken)


def _seconds_of(events: Iterable[CampaignEvent]) -> Iterator[tuple[str, float]]:
    """Yields the run and its share of the time of the look that decided it."""
    for event in events:
        if isinstance(event, ReviewTaken):
            for run_id in event.run_ids:
                yield run_id, event.seconds / len(event.run_ids)


def finding_objects(found: Iterable[Measured]) -> Iterator[Mapping[str, object]]:
    """Yields one object for each finding or request."""
    for one in found:
        run, usage = one.run, one.run.usage
        finding = run.task.finding
        yield {
            "type": "run",
            "run": run.id,
            "rule": one.rule,
            "path": finding.path if finding else None,
            "line": finding.span.start_line if finding else None,
            "state": one.state,
            "proposals": _proposals(run),
            "adopted": one.is_adopted,
            "tokens": {
                "prompt": usage.prompt,
                "cached": usage.cached,
                "completion": usage.completion,
            },
            "seconds": round(run.seconds, 3),
            "money": run.cost.amount or None,
            "currency": run.cost.currency or None,
            "reviewer_seconds": round(one.reviewer_s, 1),
        }


def _proposals(run: Run) -> int:
    return sum(isinstance(event, ProposalMade) for event in run.events)


def prometheus_text(found: Iterable[Measured], *, campaigns: Iterable[Campaign]) -> str:
    """Returns the counters in Prometheus' text format, version 0.0.4."""
    values: dict[str, dict[Labels, float]] = {name: {} for name in _HELP}
    for one in found:
        _count_run(values, one)
    for campaign in campaigns:
        _count_campaign(values, campaign)
    return "".join(_family(name, series) for name, series in values.items() if series)


def _add(series: dict[Labels, float], value: float, **labels: str) -> None:
    key = tuple(labels.items())
    series[key] = series.get(key, 0.0) + value


def _count_run(values: dict[str, dict[Labels, float]], one: Measured) -> None:
    run, rule = one.run, one.rule
    _add(values["playground_runs"], 1, rule=rule, state=one.state)
    _add(values["playground_proposals_total"], _proposals(run), rule=rule)
    tokens = values["playground_tokens_total"]
    _add(tokens, run.usage.prompt, rule=rule, kind="prompt")
    _add(tokens, run.usage.cached, rule=rule, kind="cached")
    _add(tokens, run.usage.completion, rule=rule, kind="completion")
    _add(values["playground_work_seconds_total"], run.seconds, rule=rule)
    _add(values["playground_reviewer_seconds_total"], one.reviewer_s, rule=rule)
    if run.cost.amount:
        money = values["playground_money_total"]
        _add(money, float(run.cost.value), rule=rule, currency=run.cost.currency)


def _count_campaign(values: dict[str, dict[Labels, float]], campaign: Campaign) -> None:
    name, state = campaign.id, state_of(campaign)
    for stage in Stage:
        items = values["playground_campaign_items"]
        _add(items, campaign.count(stage), campaign=name, state=state, stage=stage.value)
    tokens = values["playground_campaign_tokens_total"]
    _add(tokens, campaign.spent.total, campaign=name)
    _add(values["playground_campaign_work_seconds_total"], campaign.wall_s, campaign=name)
    looked = values["playground_campaign_reviewer_seconds_total"]
    _add(looked, campaign.reviewer_s, campaign=name)
    canaries = values["playground_campaign_canaries_total"]
    missed = campaign.canaries_shown - campaign.canaries_caught
    _add(canaries, campaign.canaries_caught, campaign=name, noticed="yes")
    _add(canaries, missed, campaign=name, noticed="no")


def _family(name: str, series: Mapping[Labels, float]) -> str:
    kind = "counter" if name.endswith("_total") else "gauge"
    lines = [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} {kind}"]
    for labels, value in sorted(series.items()):
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{name}{{{inner}}} {_number(value)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")
