"""Recall: episodes like the task, before anything is generated."""

from __future__ import annotations

from dataclasses import replace

from playground.domain.episodes import TEACHING_OUTCOMES, RecallQuery, Recollection
from playground.domain.errors import BadInput, StorageUnavailable
from playground.domain.events import ForgettingRequested, MemoryRecalled
from playground.domain.javascript import language_name
from playground.domain.ports import Journal, MemoryStore
from playground.domain.runs import Run
from playground.domain.tasks import Source, Task
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.recipes.using import Recipes

_AVOID_MAX = 1
_LOOKED_AT = 4
"""Episodes looked at for each that is shown, so that several of one shape leave room for others."""


class RecallNode(BaseNode):
    """Asks memory for approved episodes as examples and for rejections to avoid.

    A memory that cannot be read is no reason to stop: the run goes on without examples, and the
    event says so.
    """

    name = "recall"

    def __init__(self, memory: MemoryStore | None, *, recipes: Recipes, journal: Journal) -> None:
        self._memory = memory
        self._recipes = recipes
        self._journal = journal

    def run(self, input_data: Run) -> MemoryRecalled:
        """Returns what memory gave, and the names of the recipes that fit."""
        recalled = self._recalled(input_data)
        if Source.RECIPE not in input_data.policy.sources:
            return recalled
        try:
            return replace(recalled, recipes=self._recipes.fitting(input_data))
        except StorageUnavailable as error:
            return replace(recalled, trouble=recalled.trouble or str(error))

    def recorded(self, run: Run) -> bool:
        """Takes out again what a person had forgotten between the answer and its recording.

        Who forgets takes an episode out of memory first and out of the journal afterwards, so that
        one of both always meets the other.
        """
        if self._memory is None or run.recalled is None:
            return False
        ids = {one.episode.id for one in (*run.recalled.recalled, *run.recalled.avoid)}
        try:
            gone = [one for one in sorted(ids) if self._memory.get(one) is None]
        except StorageUnavailable:
            return False
        for one in gone:
            by, where = self._asked(one)
            self._journal.forget_texts(one, by=by, where=where)
        return bool(gone)

    def _asked(self, episode_id: str) -> tuple[str, str]:
        """Returns who wanted an episode forgotten and where, as far as it is known."""
        try:
            events = self._journal.load(episode_id).events
        except BadInput:
            return "somebody", "memory"  # it was imported
        asked = [event for event in events if isinstance(event, ForgettingRequested)]
        return (asked[-1].by, asked[-1].where) if asked else ("somebody", "memory")

    def _recalled(self, input_data: Run) -> MemoryRecalled:
        wanted = input_data.policy.examples_max
        if self._memory is None or wanted == 0:
            return MemoryRecalled(())
        like = replace(_like(input_data.task), k=wanted * _LOOKED_AT)
        teaching = tuple(sorted(TEACHING_OUTCOMES))
        root = input_data.task.root
        try:
            good = self._memory.recall(replace(like, outcomes=teaching))
            bad = self._memory.recall(replace(like, root=root, outcomes=("rejected",)))
        except StorageUnavailable as error:
            return MemoryRecalled((), trouble=str(error))
        return MemoryRecalled(_examples(good, count=wanted), _warnings(bad))


def _like(task: Task) -> RecallQuery:
    """Returns what is asked for; a request may be about any language."""
    finding = task.finding
    if finding is None:
        return RecallQuery(task.goal, asking_root=task.root)
    return RecallQuery(
        f"{finding.rule} {finding.message}",
        rule=finding.rule,
        language=language_name(finding.path).lower(),
        asking_root=task.root,
        code=task.region_text,
    )


def _examples(found: list[Recollection], *, count: int) -> tuple[Recollection, ...]:
    """Returns the best of each edit shape: two of one shape teach the same thing.

    Episodes that are too long for a prompt are left out.
    """
    by_shape: dict[str, Recollection] = {}
    for one in found:
        episode = one.episode
        if episode.is_short and episode.before != episode.after:
            by_shape.setdefault(episode.shape or episode.before + episode.after, one)
    return tuple(by_shape.values())[:count]


def _warnings(found: list[Recollection]) -> tuple[Recollection, ...]:
    """Returns rejections for which a person gave a reason, each reason once."""
    by_reason = {one.episode.reason: one for one in reversed(found) if one.episode.reason}
    return tuple(reversed(by_reason.values()))[:_AVOID_MAX]
