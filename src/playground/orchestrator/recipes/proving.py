"""Recipes from memory, proved by the past before a person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground.domain.episodes import TEACHING_OUTCOMES, Episode, RecallQuery
from playground.domain.errors import BadInput
from playground.domain.findings import Finding, Span
from playground.domain.ports import Journal, MemoryStore, Survey, Workspace
from playground.domain.recipes import Recipe, is_name
from playground.domain.recipes.edits import Lesson
from playground.domain.recipes.forms import form_of
from playground.domain.recipes.learning import Threshold, recipes_from
from playground.domain.recipes.rewriting import rewritten_by
from playground.domain.runs import Run
from playground.domain.syntax import PARSE_ERRORS, parse
from playground.orchestrator.nodes.learn import region_texts

EPISODES_MAX = 5_000
"""The newest episodes that are looked at."""

EPISODES_OF_RULE_MAX = 200
"""The same for each rule that is named."""

_PLACES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Replay:
    """What a recipe makes of the past.

    Attributes:
        repeated: runs whose approved change it gives back.
        differing: approved runs at whose place it would make another change than was approved.
        refused: runs where it makes what a person rejected or took back.
        failed: its own episodes that it does not give back.
    """

    repeated: tuple[str, ...]
    differing: tuple[str, ...]
    refused: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it gives back what it was learned from and nothing that was rejected."""
        return not self.refused and not self.failed


@dataclass(frozen=True, slots=True)
class Places:
    """Where a recipe would change a tree.

    Attributes:
        fits: how many findings of its rule it fits.
        findings: how many findings of its rule there are.
        shown: the first places, as path and line.
    """

    fits: int
    findings: int
    shown: tuple[str, ...]


def learnable(episodes: Sequence[Episode]) -> list[Lesson]:
    """Returns what may teach: approved Python repairs of repositories that the person trusts.

    An imported episode may be called anything; one that no recipe's file can name teaches none.
    """
    return [
        Lesson(
            id=episode.id,
            root=episode.root,
            path=episode.path,
            tool=episode.tool,
            rule=episode.rule,
            before=episode.before,
            after=episode.after,
        )
        for episode in episodes
        if episode.outcome in TEACHING_OUTCOMES
        and episode.trusted
        and episode.language == "python"
        and all(map(is_name, (episode.id, episode.tool, episode.rule)))
    ]


def learned(
    memory: MemoryStore,
    *,
    rules: Sequence[str] = (),
    threshold: Threshold | None = None,
    newest: int = EPISODES_OF_RULE_MAX,
) -> list[Recipe]:
    """Returns the recipes that memory is enough for.

    Args:
        memory: episodes.
        rules: only these rules, empty for all.
        threshold: how many episodes make a recipe.
        newest: how many episodes of each named rule are looked at.

    Raises:
        StorageUnavailable: the memory cannot be used.
    """
    if not rules:
        episodes = memory.all(limit=EPISODES_MAX)
    else:
        query = RecallQuery("", k=newest, outcomes=tuple(sorted(TEACHING_OUTCOMES)))
        found = (memory.recall(replace(query, rule=rule)) for rule in rules)
        episodes = [one.episode for many in found for one in many]
    return recipes_from(learnable(episodes), threshold=threshold)


def replayed(recipe: Recipe, journal: Journal) -> Replay:
    """Applies a recipe to every decided repair of its rule in the journal that is not forgotten.

    An episode that is in memory and not in the journal was imported; its recipe was learned from
    the texts alone.
    """
    repeated: list[str] = []
    differing: list[str] = []
    refused: list[str] = []
    failed: list[str] = []
    for run in journal.runs():
        past = _past(run, recipe)
        if past is None:
            continue
        result = _result(recipe, past)
        own = run.id in recipe.episodes
        if not past.approved:
            refused += [run.id] if result == past.after else []
        elif result == past.after:
            repeated.append(run.id)
        elif own:
            failed.append(run.id)
        elif result is not None:
            differing.append(run.id)
    return Replay(tuple(repeated), tuple(differing), tuple(refused), tuple(failed))


@dataclass(frozen=True, slots=True)
class _Past:
    """A decided repair: the region as a module, the finding's place there, what was decided."""

    text: str
    span: Span
    after: object
    approved: bool


def _past(run: Run, recipe: Recipe) -> _Past | None:
    proposal, task = run.proposal, run.task
    finding, region = task.finding, task.region
    if proposal is None or finding is None or region is None or run.decision is None:
        return None
    if run.forgotten:
        return None
    if (finding.tool, finding.rule) != (recipe.tool, recipe.rule):
        return None
    before, after = region_texts(task, proposal.patch)
    text = Lesson.whole(before)
    moved = region.start_line - 1 - (text.count("\n") - before.count("\n"))
    ended = run.ended
    approved = ended is None or ended.outcome not in {"rejected", "undone"}
    meant = _form(Lesson.whole(after))
    return None if meant is None else _Past(text, _moved(finding, moved), meant, approved)


def _moved(finding: Finding, lines: int) -> Span:
    span = finding.span
    return replace(span, start_line=span.start_line - lines, end_line=span.end_line - lines)


def _result(recipe: Recipe, past: _Past) -> object:
    result = rewritten_by(recipe, past.text, span=past.span)
    return None if result is None else _form(result)


def _form(text: str) -> object:
    tree = parse(text)
    try:
        return None if tree is None else form_of(tree)
    except PARSE_ERRORS:
        return None


def places(recipe: Recipe, survey: Survey, *, workspace: Workspace) -> Places:
    """Returns how many findings of a tree a recipe would change, without changing anything."""
    root = Path(survey.root)
    found = [f for f in survey.findings if (f.tool, f.rule) == (recipe.tool, recipe.rule)]
    fitting: list[str] = []
    for finding in found:
        try:
            text = workspace.read(root, path=finding.path).text
        except BadInput:
            continue
        if rewritten_by(recipe, text, span=finding.span) is not None:
            fitting.append(f"{finding.path}:{finding.span.start_line}")
    return Places(len(fitting), len(found), tuple(fitting[:_PLACES_SHOWN]))
