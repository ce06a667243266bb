"""How far a campaign is: what was planned beside what was done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from playground.campaigns.estimates import remaining_s, total
from playground.campaigns.opening import reasons_of
from playground.campaigns.state import Campaign, Work
from playground.campaigns.state import Stage as At
from playground.surfaces.campaigning.progress import about
from playground.surfaces.campaigning.wishes import Asked, known_campaign, reason_lines
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import money_in_words, seconds_in_words
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.lines import json_line

_REASONS_MAX = 6
_DECIDED = frozenset({"applied", "rejected", "undone"})
_SHOWN = ("applied", "rejected", "gave_up")


def show_status(asked: Asked, *, stage: Stage) -> int:
    """Prints how far the newest campaign of the repository is."""
    with stage.opener(project=asked.scope.root, flags=asked.args.set) as app:
        campaign = known_campaign(app, asked=asked)
        if asked.args.format == "json":
            stage.screen.raw(json_line(status_object(campaign)))
        else:
            _show(campaign, stage.screen)
        return 0


def state_of(campaign: Campaign) -> str:
    """Returns the campaign's state in a word."""
    if campaign.ended is not None:
        return campaign.ended.outcome
    return "paused" if campaign.pause else "open"


def status_object(campaign: Campaign) -> Mapping[str, object]:
    """Returns the status as one object."""
    outcomes = Counter(work.outcome for work in campaign.at(At.DONE))
    planned = total(work.item.estimate for work in campaign.works.values())
    left = remaining_s(campaign)
    return {
        "type": "campaign",
        "id": campaign.id,
        "root": campaign.plan.root,
        "state": state_of(campaign),
        "reason": campaign.ended.reason if campaign.ended else campaign.pause or None,
        "findings": len(campaign.works),
        "stages": {stage.value: campaign.count(stage) for stage in At},
        "outcomes": dict(outcomes),
        "reasons": [
            {"outcome": outcome, "reason": reason, "findings": count}
            for outcome, reasons in _not_proposed(campaign).items()
            for reason, count in reasons.most_common()
        ],
        "left_alone": len(campaign.plan.left),
        "planned": {
            "tokens": round(planned.tokens),
            "seconds": round(planned.seconds, 1),
            "reviewer_seconds": round(planned.reviewer_s, 1),
        },
        "spent": {
            "tokens": campaign.spent.total,
            "money": campaign.cost.amount or None,
            "currency": campaign.cost.currency or None,
            "wall_seconds": round(campaign.wall_s, 1),
            "run_seconds": round(sum(w.seconds for w in campaign.works.values()), 1),
            "reviewer_seconds": round(campaign.reviewer_s, 1),
        },
        "remaining_seconds": None if left is None else round(left, 1),
        "adopted_share": _adopted(outcomes),
        "rejected_share": round(campaign.rejected_share, 3),
        "canaries": {"shown": campaign.canaries_shown, "caught": campaign.canaries_caught},
        "rules": [_rule_object(rule, works) for rule, works in _by_rule(campaign)],
    }


def _adopted(outcomes: Mapping[str, int]) -> float | None:
    decided = sum(outcomes.get(outcome, 0) for outcome in _DECIDED)
    return round(outcomes.get("applied", 0) / decided, 3) if decided else None


def _by_rule(campaign: Campaign) -> list[tuple[str, list[Work]]]:
    groups: defaultdict[str, list[Work]] = defaultdict(list)
    for work in campaign.works.values():
        groups[work.item.finding.rule].append(work)
    return sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _rule_object(rule: str, works: Sequence[Work]) -> Mapping[str, object]:
    outcomes = Counter(work.outcome for work in works if work.stage is At.DONE)
    return {
        "rule": rule,
        "findings": len(works),
        "waiting": sum(work.stage is At.WAITING for work in works),
        "open": sum(work.stage in {At.PENDING, At.CLAIMED} for work in works),
        "outcomes": dict(outcomes),
        "tokens": sum(work.usage.total for work in works),
        "seconds": round(sum(work.seconds for work in works), 1),
    }


def _show(campaign: Campaign, screen: Screen) -> None:
    head = f"Campaign {campaign.id.rpartition('/')[2].lstrip('0')} of {campaign.plan.root}"
    screen.show(plain(f"{head}: {state_of(campaign)}", style="bold"))
    if reason := campaign.ended.reason if campaign.ended else campaign.pause:
        screen.show(plain(reason))
    numbers = ("findings", "open", "waiting", "yes", "no", "gave up", "other", "tokens", "work")
    rows = table("rule", *numbers, numbers=numbers)
    for rule, works in [*_by_rule(campaign), ("all", list(campaign.works.values()))]:
        rows.add_row(plain(rule), *_cells(works))
    screen.show(rows)
    for line in _lines(campaign):
        screen.show(plain(line))


def _cells(works: Sequence[Work]) -> list[str]:
    done = Counter(work.outcome for work in works if work.stage is At.DONE)
    other = sum(count for outcome, count in done.items() if outcome not in _SHOWN)
    counts = [
        len(works),
        sum(work.stage in {At.PENDING, At.CLAIMED} for work in works),
        sum(work.stage is At.WAITING for work in works),
        *(done[outcome] for outcome in _SHOWN),
        other,
    ]
    seconds = sum(work.seconds for work in works)
    tokens = sum(work.usage.total for work in works)
    return [*(str(count) for count in counts), f"{tokens:,}", seconds_in_words(seconds)]


def _lines(campaign: Campaign) -> list[str]:
    """Returns budgets, time and what was left alone, each as a sentence."""
    planned = total(work.item.estimate for work in campaign.works.values())
    bounds = campaign.bounds
    tokens = f" of {bounds.tokens_max:,}" if bounds.tokens_max else ""
    wall = f" of {seconds_in_words(bounds.wall_s_max)}" if bounds.wall_s_max else ""
    review = f" of {seconds_in_words(bounds.reviewer_s_max)}" if bounds.reviewer_s_max else ""
    spent = [f"{campaign.spent.total:,}{tokens} tokens", money_in_words(campaign.cost)]
    spent += [f"{seconds_in_words(campaign.wall_s)}{wall} of work"]
    spent += [f"{seconds_in_words(campaign.reviewer_s)}{review} of review"]
    expected = [f"{round(planned.tokens):,} tokens", f"{seconds_in_words(planned.seconds)} in runs"]
    expected += [f"{seconds_in_words(planned.reviewer_s)} of review"]
    lines = [
        f"spent: {', '.join(part for part in spent if part)}",
        f"planned: {', '.join(expected)}",
    ]
    left = remaining_s(campaign)
    if left is not None and campaign.ended is None:
        lines.append(f"left: about {about(left)} of work")
    if campaign.canaries_shown:
        lines.append(f"canaries: {campaign.canaries_caught} of {campaign.canaries_shown} noticed")
    for outcome, reasons in _not_proposed(campaign).items():
        said = outcome.replace("_", " ")
        lines += reason_lines(said, reasons.most_common(), most=_REASONS_MAX)
    lines += reason_lines("left alone", reasons_of(campaign.plan.left), most=_REASONS_MAX)
    return lines


def _not_proposed(campaign: Campaign) -> Mapping[str, Counter[str]]:
    """Returns why there is nothing to decide about, by outcome."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for work in campaign.at(At.DONE):
        if work.outcome not in _DECIDED and work.reason:
            found[work.outcome][work.reason] += 1
    return found
