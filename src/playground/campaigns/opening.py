"""Opening a campaign: a plan over a repository becomes the first event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from playground.campaigns.estimates import History, history_of, total
from playground.campaigns.machine_made import why_machine_made
from playground.campaigns.planning import Files, Plan
from playground.campaigns.state import Campaign, folded
from playground.domain.campaigns import (
    PREFIX,
    Bounds,
    CampaignEvent,
    CampaignOpened,
    Estimate,
    Item,
    LeftAlone,
    Records,
)
from playground.domain.changes import digest_of
from playground.domain.edit_shapes import SHAPE_CHARS, shape_of_all
from playground.domain.errors import Conflict
from playground.domain.findings import Finding, Span, TextEdit, with_edits
from playground.domain.tasks import Task

_ROOT_DIGITS = 12
_NO_SHAPE = "0" * SHAPE_CHARS
"""Stands for fixes that move spaces alone or are too long to be compared."""
_SETTLED = {
    "rejected": "you rejected a change for it while the file was as it is now",
    "undone": "you took a change for it back, and the file is as it was before",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for.

    Attributes:
        root: absolute path of the repository.
        paths: below it, empty for all of it.
        named: files that were named one by one.
        rules: rule ids or prefixes, empty for the whole profile.
        engine: configured name of the engine, "" for the default one.
        by: the person.
    """

    root: str
    paths: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    engine: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one rule whose repairs are expected to look alike.

    Attributes:
        shape: what the analyzer's own fix does to the text, "" where the engine has to find one.
        estimate: of all of them together.
    """

    tool: str
    rule: str
    shape: str
    count: int
    estimate: Estimate


def history(records: Records, *, root: str) -> History:
    """Returns what the repository's runs took, or those of all repositories when it has none."""
    reviews: list[CampaignEvent] = []
    for campaign_id in records.campaigns(prefix_of(root)):
        reviews += records.campaign_events(campaign_id)
    return history_of(records.runs(root=root) or records.runs(), reviews=reviews)


def opened_by(
    plan: Plan, *, wanted: Wanted, bounds: Bounds, known: History, at: float
) -> CampaignOpened:
    """Returns the first event of a campaign over this plan."""
    items = tuple(_item(number, task, known) for number, task in enumerate(plan.tasks, start=1))
    return CampaignOpened(
        root=wanted.root,
        paths=wanted.paths,
        named=wanted.named,
        rules=wanted.rules,
        engine=wanted.engine,
        bounds=bounds,
        items=tuple(item for item in items if item is not None),
        left=tuple(_left(finding, reason) for finding, reason in plan.left),
        by=wanted.by,
        at=at,
    )


def _item(number: int, task: Task, known: History) -> Item | None:
    finding, region, file = task.finding, task.region, task.files[0]
    if finding is None or region is None or file.sha256 is None:
        return None
    return Item(number, finding, region, file.sha256, known.of(finding))


def _left(finding: Finding, reason: str) -> LeftAlone:
    return LeftAlone(finding.tool, finding.rule, finding.path, finding.span.start_line, reason)


def without_settled(plan: Plan, *, records: Records) -> Plan:
    """Returns the plan without findings that a person decided about in these very files."""
    tasks: list[Task] = []
    left = list(plan.left)
    for task in plan.tasks:
        run = records.newest_with_key(task.key)
        reason = _SETTLED.get(run.ended.outcome, "") if run and run.ended else ""
        if reason and task.finding is not None:
            left.append((task.finding, reason))
        else:
            tasks.append(task)
    return replace(plan, tasks=tuple(tasks), left=tuple(left))


def without_machine_made(plan: Plan, *, files: Files, named: Sequence[str]) -> Plan:
    """Returns the plan without findings in text that no person wrote.

    Args:
        plan: what was planned.
        files: whose texts are looked at.
        named: files that the person named one by one, which stay.

    Raises:
        BadInput: a file cannot be read any more.
    """
    tasks: list[Task] = []
    left = list(plan.left)
    for task in plan.tasks:
        finding = task.finding
        reason = ""
        if finding is not None and finding.path not in named:
            reason = why_machine_made(finding, text=files.get(finding.path).text)
        if finding is not None and reason:
            left.append((finding, f"{reason}; name the file to have it repaired"))
        else:
            tasks.append(task)
    return replace(plan, tasks=tuple(tasks), left=tuple(left))


def groups_of(items: Sequence[Item], *, files: Files) -> list[Group]:
    """Returns the items by rule and edit shape, the most frequent first.

    Raises:
        BadInput: a file cannot be read any more.
    """
    found: dict[tuple[str, str, str], list[Item]] = {}
    for item in items:
        finding = item.finding
        edits = finding.fix.edits if finding.fix else ()
        pairs = [_lines_around(edit, files.get(finding.path).text) for edit in edits]
        shape = (shape_of_all(pairs) or _NO_SHAPE) if pairs else ""
        found.setdefault((finding.tool, finding.rule, shape), []).append(item)
    made = [
        Group(tool, rule, shape, len(group), total(item.estimate for item in group))
        for (tool, rule, shape), group in found.items()
    ]
    return sorted(made, key=lambda group: (-group.count, group.rule, group.shape))


def _lines_around(edit: TextEdit, text: str) -> tuple[str, str]:
    """Returns the lines that an edit touches, before and after."""
    span, lines = edit.span, text.split("\n")
    if span.start_column == span.end_column == 1:  # whole lines, none where new ones come in
        return "\n".join(lines[span.start_line - 1 : span.end_line - 1]), edit.content
    before = "\n".join(lines[span.start_line - 1 : span.end_line])
    count = span.end_line - span.start_line + 1
    moved = Span(1, span.start_column, count, span.end_column)
    return before, with_edits(before, [replace(edit, span=moved)])


def reasons_of(left: Sequence[LeftAlone]) -> list[tuple[str, int]]:
    """Returns why findings are left alone, the commonest reason first."""
    return Counter(one.reason for one in left).most_common()


def prefix_of(root: str) -> str:
    """Returns what the ids of a repository's campaigns begin with."""
    return f"{PREFIX}{digest_of(root)[:_ROOT_DIGITS]}/"


def newest(records: Records, *, root: str) -> Campaign | None:
    """Returns a repository's newest campaign, None when it never had one."""
    known = records.campaigns(prefix_of(root))
    return folded(known[-1], records.campaign_events(known[-1])) if known else None


def open_campaign(
    records: Records, *, root: str, make: Callable[[], CampaignOpened]
) -> tuple[Campaign, bool]:
    """Opens a campaign, or joins the unfinished one of the repository.

    Of two processes that open one at once, one does, and the other joins it: ids are counted, and
    each can be taken only once.

    Returns:
        The campaign, and whether it was opened here.
    """
    while True:
        known = newest(records, root=root)
        if known is not None and known.ended is None:
            return known, False
        number = int(known.id.rpartition("/")[2]) + 1 if known else 1
        campaign_id = f"{prefix_of(root)}{number:06d}"
        event = make()
        try:
            records.append_campaign(campaign_id, seq=0, event=event)
        except Conflict:
            continue
        return folded(campaign_id, [event]), True


def now() -> float:
    """Returns seconds since the epoch."""
    return time.time()
