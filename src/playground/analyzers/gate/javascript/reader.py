"""Asks a worker for the facts about changed scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from playground.analyzers.gate.javascript.facts import ScriptFacts, Unreadable, facts_in
from playground.analyzers.javascript import Question, Workers
from playground.domain.tasks import Task, TaskKind
from playground.domain.verdicts import CheckStatus, Objection

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class ScriptChange:
    """A script, or a file of settings for scripts, before (None when it is new) and after."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class ReadScripts:
    """What reading changed scripts gave.

    Attributes:
        facts: by path; empty when there is no answer.
        unanswered: why there is none.
    """

    facts: Mapping[str, ScriptFacts] = field(default_factory=dict[str, ScriptFacts])
    unanswered: tuple[Objection, ...] = ()


class ScriptReader:
    """Reads changed scripts in a worker's process; none is started before it is needed.

    Args:
        workers: where workers come from.
        timeout_s: seconds that one answer may take.
    """

    def __init__(self, workers: Workers, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._workers = workers
        self._timeout_s = timeout_s

    def close(self) -> None:
        """Ends the worker; may be called twice."""
        self._workers.close()

    def read(self, task: Task, *, changes: Sequence[ScriptChange]) -> ReadScripts:
        """Returns the facts about these files; trouble is an objection, never an exception."""
        if not changes:
            return ReadScripts()
        members = {
            "files": [{"path": c.path, "before": c.before, "after": c.after} for c in changes],
            "tool": task.finding.tool if task.finding else "",
            "rule": task.finding.rule if task.finding else "",
            "request": task.kind is TaskKind.REQUEST,
        }
        # The process that also lints and checks types has parsed these texts, or will.
        answer = self._workers.ask(task.root, Question("facts", members, self._timeout_s))
        if answer.status is not CheckStatus.OK:
            return _unanswered(f"it {answer.why}" if answer.why else str(answer.status))
        said = answer.members.get("files")
        parts = cast("list[object]", said) if isinstance(said, list) else []
        if len(parts) != len(changes):
            return _unanswered("its answer is not whole")
        try:
            return ReadScripts(
                {
                    change.path: facts_in(part, rule=str(members["rule"]))
                    for change, part in zip(changes, parts, strict=True)
                }
            )
        except Unreadable as error:
            return _unanswered(f"its answer cannot be read ({error})")


def _unanswered(why: str) -> ReadScripts:
    message = f"The reader of JavaScript has no answer for the change: {why}."
    return ReadScripts(unanswered=(Objection("no-answer", message),))
