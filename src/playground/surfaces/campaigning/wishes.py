"""What a person asked of a campaign, and the plan that follows from it."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from playground.campaigns.estimates import total
from playground.campaigns.opening import (
    Group,
    Wanted,
    groups_of,
    history,
    newest,
    now,
    opened_by,
    reasons_of,
    without_machine_made,
    without_settled,
)
from playground.campaigns.planning import Files, plan
from playground.campaigns.state import Campaign
from playground.domain.campaigns import Bounds, CampaignOpened, Estimate
from playground.domain.errors import BadInput, Unavailable
from playground.domain.ports import Survey
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import counted, seconds_in_words
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.improving import at_hand, no_answers
from playground.surfaces.working.lines import json_line
from playground.surfaces.working.scope import Scope

_REASONS_MAX = 8
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: where, and the options.

    Attributes:
        scope: where.
        args: as the command parsed them.
    """

    scope: Scope
    args: argparse.Namespace

    @property
    def root(self) -> str:
        """Absolute path of the repository."""
        return str(self.scope.root)

    def option(self, name: str) -> object:
        """Returns an option of the action, None where it has none of this name or none given."""
        return getattr(self.args, name, None)

    @property
    def engine(self) -> str:
        """Configured name of an engine, "" for the default one."""
        return str(self.option("engine") or "")

    def bounds(self, known: Bounds) -> Bounds:
        """Returns these bounds with those that were given in their places."""
        return replace(
            known,
            tokens_max=self._given("tokens", known.tokens_max),
            wall_s_max=self._seconds("minutes", known.wall_s_max),
            reviewer_s_max=self._seconds("review_minutes", known.reviewer_s_max),
            waiting_max=self._given("waiting", known.waiting_max),
            parallel_max=self._given("parallel", known.parallel_max),
            rejected_share_max=self._given("rejected_max", known.rejected_share_max),
        )

    def _given(self, name: str, known: _Value) -> _Value:
        value = self.option(name)
        return known if value is None else cast("_Value", value)

    def _seconds(self, name: str, known: float | None) -> float | None:
        minutes = self.option(name)
        return minutes * 60 if isinstance(minutes, float) else known


def known_campaign(app: AppView, *, asked: Asked) -> Campaign:
    """Returns the repository's newest campaign.

    Raises:
        BadInput: it never had one.
    """
    found = newest(app.journal, root=asked.root)
    if found is None:
        raise BadInput(f"{asked.root} has no campaign; open one with `playground campaign start`.")
    return found


def expect_same(campaign: Campaign, *, asked: Asked) -> None:
    """Makes sure that whoever goes on with a campaign asks for nothing that it is not.

    Raises:
        BadInput: other budgets, places, rules or another engine were given.
    """
    plan, scope, rules = campaign.plan, asked.scope, cast("Sequence[str]", asked.args.rule)
    if asked.bounds(campaign.bounds) != campaign.bounds:
        raise BadInput(
            "The unfinished campaign has other budgets; `playground campaign resume` with these "
            "options changes them, then start it again without any."
        )
    others = {
        "paths": bool(asked.args.paths) and scope.paths != plan.paths,
        "rules": bool(rules) and tuple(rules) != plan.rules,
        "engine": bool(asked.engine) and asked.engine != plan.engine,
    }
    if differing := [name for name, differs in others.items() if differs]:
        raise BadInput(
            f"The unfinished campaign has other {' and '.join(differing)}; start it without "
            "options to go on, or end it with `playground campaign cancel` first."
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """The first event of a campaign, and the files that were not looked at.

    Attributes:
        unread: pairs of a path and the reason.
    """

    opened: CampaignOpened
    unread: tuple[tuple[str, str], ...]


def planned(app: AppView, *, asked: Asked, stage: Stage) -> Planned:
    """Surveys the repository and plans a campaign over it.

    Raises:
        Unavailable: an analyzer gave no answer, so that a plan would be blind.
    """
    scope = asked.scope
    with working(stage.screen, label=f"Analysing {', '.join(scope.paths) or scope.root}"):
        rules: Sequence[str] = asked.args.rule
        survey = app.gate.survey(scope.root, paths=scope.paths, rules=rules)
    _expect_answers(survey)
    limit: int | None = asked.args.max
    narrowed = scope.narrowed(survey)
    cheap = at_hand(app, engine=asked.engine)
    whole = plan(narrowed, workspace=app.workspace, named=scope.named, at_hand=cheap)
    files = Files(scope.root, app.workspace)
    ours = without_machine_made(whole, files=files, named=scope.named)
    chosen = without_settled(ours, records=app.journal)
    if limit is not None:
        beyond = [task.finding for task in chosen.tasks[limit:] if task.finding]
        reason = "beyond the limit that was asked for (--max)"
        chosen = replace(
            chosen,
            tasks=chosen.tasks[:limit],
            left=(*chosen.left, *((finding, reason) for finding in beyond)),
        )
    wanted = Wanted(
        asked.root, scope.paths, scope.named, tuple(rules), engine=asked.engine, by=stage.user
    )
    known = history(app.journal, root=asked.root)
    made = opened_by(chosen, wanted=wanted, bounds=asked.bounds(Bounds()), known=known, at=now())
    inside = set(scope.among([path for path, _reason in survey.skipped]))
    return Planned(made, tuple(pair for pair in survey.skipped if pair[0] in inside))


def _expect_answers(survey: Survey) -> None:
    missing = no_answers(survey.checks)
    if missing:
        raise Unavailable(f"{missing[0]}; a plan without it would be blind. Try again.")


def show_plan(asked: Asked, *, stage: Stage) -> int:
    """Prints the plan; opens nothing."""
    with stage.opener(project=asked.scope.root, flags=asked.args.set, engine=asked.engine) as app:
        found = planned(app, asked=asked, stage=stage)
        known = newest(app.journal, root=asked.root)
        if known is not None and known.ended is None:
            said = (
                "A campaign is unfinished here; `playground campaign start` goes on with that one"
            )
            stage.screen.tell(f"{said}, and this is a plan for another one.")
        made, unread = found.opened, Counter(reason for _path, reason in found.unread)
        groups = groups_of(made.items, files=Files(Path(made.root), app.workspace))
        if asked.args.format == "json":
            for line in plan_objects(made, groups, unread=unread):
                stage.screen.raw(json_line(line))
        else:
            show_groups(groups, made=made, screen=stage.screen)
            for reason, count in unread.most_common(_REASONS_MAX):
                said = f"not read: {counted(count, 'file or folder', many='files or folders')}"
                stage.screen.show(plain(f"{said}: {reason}", style="dim"))
        return 0


def plan_objects(
    made: CampaignOpened, groups: Sequence[Group], *, unread: Counter[str]
) -> list[Mapping[str, object]]:
    """Returns the plan as objects: one for each group and each reason, the sums last."""
    lines: list[Mapping[str, object]] = [
        {
            "type": "group",
            "tool": group.tool,
            "rule": group.rule,
            "shape": group.shape or None,
            "source": "tool" if group.shape else "engine",
            "findings": group.count,
            **_estimate_object(group.estimate),
        }
        for group in groups
    ]
    lines += [
        {"type": "left_alone", "reason": reason, "findings": count}
        for reason, count in reasons_of(made.left)
    ]
    lines += [
        {"type": "not_read", "reason": reason, "places": count}
        for reason, count in unread.most_common()
    ]
    whole = total(item.estimate for item in made.items)
    files = len({item.region.path for item in made.items})
    sums = {"type": "plan", "findings": len(made.items), "files": files, "left": len(made.left)}
    return [*lines, {**sums, **_estimate_object(whole)}]


def _estimate_object(estimate: Estimate) -> dict[str, object]:
    return {
        "tokens": round(estimate.tokens),
        "minutes": round(estimate.seconds / 60, 2),
        "reviewer_minutes": round(estimate.reviewer_s / 60, 2),
        "from_runs": estimate.runs,
    }


def show_groups(groups: Sequence[Group], *, made: CampaignOpened, screen: Screen) -> None:
    """Prints the plan as a table."""
    numbers = ("findings", "tokens", "work", "review")
    rows = table("rule", "repair", *numbers, "from", numbers=numbers)
    for group in groups:
        repair = f"analyzer {group.shape[:6]}" if group.shape else "engine"
        rows.add_row(plain(group.rule), repair, f"{group.count:,}", *_cells(group.estimate))
    whole = total(item.estimate for item in made.items)
    rows.add_row("all", "", f"{len(made.items):,}", *_cells(whole))
    screen.show(rows)
    for line in reason_lines("left alone", reasons_of(made.left), most=_REASONS_MAX):
        screen.show(plain(line, style="dim"))
    if not whole.runs:
        screen.tell("Nothing like it is recorded yet; these are default estimates.", style="dim")


def reason_lines(what: str, reasons: Sequence[tuple[str, int]], *, most: int) -> list[str]:
    """Returns a line for each of the first reasons, and one for all others together."""
    lines = [f"{what}: {counted(count, 'finding')}: {reason}" for reason, count in reasons[:most]]
    if rest := sum(count for _reason, count in reasons[most:]):
        lines.append(f"{what}: {counted(rest, 'finding')} for other reasons")
    return lines


def _cells(estimate: Estimate) -> tuple[str, ...]:
    return (
        f"{round(estimate.tokens):,}",
        seconds_in_words(estimate.seconds),
        seconds_in_words(estimate.reviewer_s),
        counted(estimate.runs, "run") if estimate.runs else "defaults",
    )
