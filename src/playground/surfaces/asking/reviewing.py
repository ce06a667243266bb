"""Walking through everything that waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from playground.domain.runs import Run
from playground.surfaces.asking.conversation import Answer, Conversation
from playground.surfaces.asking.renewing import as_it_is_now
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView


def review(app: AppView, *, stage: Stage, root: str) -> int:
    """Asks about each waiting proposal: those of least risk first, older ones before newer ones.

    Args:
        app: the product, with a desk that may decide.
        stage: where the person sits.
        root: only proposals of this repository, "" for all.

    Returns:
        How many proposals still wait.
    """
    walk = _Walk(app, stage=stage)
    waiting = in_order(app.desk.waiting(root=root))
    for number, run in enumerate(waiting, start=1):
        head = f"{number} of {counted(len(waiting), 'waiting proposal')}"
        stage.screen.tell(head if root else f"{head}, in {run.task.root}")
        if walk.about(run) is Answer.QUIT:
            break
    left = len(app.desk.waiting(root=root))
    still = f"{counted(left, 'proposal')} waiting." if left else "No proposal is waiting."
    stage.screen.tell(" ".join([*walk.done, still]))
    return left


class _Walk:
    """Asks about one proposal after the other, each as its file is by then."""

    def __init__(self, app: AppView, *, stage: Stage) -> None:
        self._app = app
        self._screen = stage.screen
        self._conversation = Conversation(app, stage=stage)
        self._landed: list[Run] = []
        self._answers: Counter[Answer] = Counter()
        self._asked: set[str] = set()

    @property
    def done(self) -> list[str]:
        """What was decided, in one sentence or none."""
        told = (Answer.APPROVED, Answer.REJECTED)
        parts = [f"{self._answers[each]} {each}" for each in told if self._answers[each]]
        return [f"{', '.join(parts)}."] if parts else []

    def about(self, run: Run) -> Answer:
        """Asks about the run; a change whose file is another one now is proved again first."""
        loaded = self._app.desk.load(run.id)
        fresh = as_it_is_now(self._app, run=loaded, screen=self._screen, landed=self._landed)
        if fresh is None or fresh.waiting is None or fresh.id in self._asked:
            return Answer.SKIPPED
        self._asked.add(fresh.id)
        talked = self._conversation.about(fresh)
        self._answers[talked.answer] += 1
        if talked.answer is Answer.APPROVED:
            self._landed.append(talked.run)
        return talked.answer


def in_order(waiting: Sequence[Run]) -> list[Run]:
    """Returns waiting runs in the order in which a person should see them.

    Low risk first, then few changes of behaviour, then few changed lines, then age: what takes a
    glance is done before what takes thought.
    """

    def effort(run: Run) -> tuple[str, int, int]:
        proposal = run.waiting
        if proposal is None:
            return "", 0, 0
        changed = sum(not fact.is_same for fact in proposal.verdict.facts)
        return proposal.risk.value, changed, proposal.patch.lines_changed

    return sorted(waiting, key=effort)
