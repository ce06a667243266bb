"""Walking through everything that waits for a person."""

from __future__ import annotations

from playground.surfaces.asking.conversation import Answer, Conversation
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView


def review(app: AppView, *, stage: Stage, root: str) -> int:
    """Asks about each waiting proposal, oldest first.

    Args:
        app: the product, with a desk that may decide.
        stage: where the person sits.
        root: only proposals of this repository, "" for all.

    Returns:
        How many proposals still wait.
    """
    waiting = app.desk.waiting(root=root)
    conversation = Conversation(app, stage=stage)
    for number, run in enumerate(waiting, start=1):
        stage.screen.tell(f"{number} of {counted(len(waiting), 'waiting proposal')}")
        if conversation.about(run).answer is Answer.QUIT:
            break
    left = len(app.desk.waiting(root=root))
    still = f"{counted(left, 'proposal')} waiting." if left else "No proposal is waiting."
    stage.screen.tell(still)
    return left
