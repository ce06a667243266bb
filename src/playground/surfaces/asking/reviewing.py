"""Walking through everything that waits for a person."""

from __future__ import annotations

from collections.abc import Sequence

from playground.domain.runs import Run
from playground.surfaces.asking.conversation import Answer, Conversation
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
    waiting = in_order(app.desk.waiting(root=root))
    conversation = Conversation(app, stage=stage)
    for number, run in enumerate(waiting, start=1):
        stage.screen.tell(f"{number} of {counted(len(waiting), 'waiting proposal')}")
        if conversation.about(run).answer is Answer.QUIT:
            break
    left = len(app.desk.waiting(root=root))
    still = f"{counted(left, 'proposal')} waiting." if left else "No proposal is waiting."
    stage.screen.tell(still)
    return left


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
