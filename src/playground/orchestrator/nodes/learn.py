"""Learn: a decided run becomes an episode."""

from __future__ import annotations

from playground.domain.changes import Patch, split_lines
from playground.domain.edit_shapes import edit_shape
from playground.domain.episodes import Episode
from playground.domain.errors import PlaygroundError
from playground.domain.events import ChangeUndone, DecisionTaken, EpisodeLearned, UndoRequested
from playground.domain.javascript import language_name
from playground.domain.ports import Gate, MemoryStore
from playground.domain.proposals import Proposal, Rejected
from playground.domain.runs import Run
from playground.domain.tasks import Source, Task
from playground.orchestrator.nodes.base import BaseNode


class LearnNode(BaseNode):
    """Stores what was decided, from the run alone: the journal can rebuild all of memory."""

    name = "learn"

    def __init__(self, memory: MemoryStore | None, *, gate: Gate) -> None:
        self._memory = memory
        self._gate = gate

    def run(self, input_data: Run) -> EpisodeLearned:
        """Returns the episode's id; repeating it replaces the same episode.

        What a person asked to forget is not learned again.
        """
        proposal = input_data.proposal
        if self._memory is None or proposal is None or input_data.forgotten:
            return EpisodeLearned("")
        self._memory.remember(self.episode(input_data, proposal))
        return EpisodeLearned(input_data.id)

    def episode(self, run: Run, proposal: Proposal) -> Episode:
        """Returns the episode of a decided run."""
        finding = run.task.finding
        before, after = region_texts(run.task, proposal.patch)
        outcome, reason, decided_at = _outcome(run)
        return Episode(
            id=run.id,
            root=run.task.root,
            goal=run.task.goal,
            tool=finding.tool if finding else "",
            rule=finding.rule if finding else "",
            message=finding.message if finding else "",
            rule_summary=self._summary(run),
            language=language_name(proposal.patch.paths[0]).lower(),
            path=proposal.patch.paths[0],
            before=before,
            after=after,
            diff=hunks_text(proposal.patch),
            outcome=outcome,
            reason=reason,
            source=proposal.provenance.source,
            decided_at=decided_at,
            shape=edit_shape(before, after),
            trusted=run.policy.trusts(run.task.root),
        )

    def _summary(self, run: Run) -> str:
        if run.task.finding is None:
            return ""
        try:
            return self._gate.explain(run.task.finding).summary
        except PlaygroundError:
            # A missing description makes an episode harder to find, not wrong.
            return ""


def _outcome(run: Run) -> tuple[str, str, float]:
    """Returns outcome, the person's words and the time of the newest decision."""
    if any(isinstance(e, ChangeUndone) for e in run.events):
        undone = [e for e in run.events if isinstance(e, UndoRequested)][-1]
        return "undone", "taken back by a person", undone.at
    taken = [e for e in run.events if isinstance(e, DecisionTaken)][-1]
    why = taken.decision.why
    if isinstance(taken.decision, Rejected):
        return "rejected", why, taken.at
    own = run.proposal is not None and run.proposal.provenance.source is Source.PERSON
    return ("amended" if own else "approved"), why, taken.at


def region_texts(task: Task, patch: Patch) -> tuple[str, str]:
    """Returns the region before and after; without a region, the changed lines alone."""
    if task.region is None:
        before = "".join("".join(h.before) for f in patch.files for h in f.hunks)
        after = "".join("".join(h.after) for f in patch.files for h in f.hunks)
        return before, after
    lines = split_lines(task.region_text)
    first = task.region.start_line - 1
    for change in patch.files:
        for hunk in reversed(change.hunks):
            start, end = hunk.start - first, hunk.start - first + len(hunk.before)
            if change.path == task.region.path and start >= 0 and end <= len(lines):
                lines[start:end] = hunk.after
    return task.region_text, "".join(lines)


def hunks_text(patch: Patch) -> str:
    """Returns the patch as removed and added lines, without context that the run does not hold."""
    parts: list[str] = []
    for change in patch.files:
        parts.append(f"{change.path}\n")
        for hunk in change.hunks:
            parts += [f"-{line}" for line in hunk.before]
            parts += [f"+{line}" for line in hunk.after]
    return "".join(parts)
