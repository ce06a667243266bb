"""Approve one waiting proposal after seeing it."""

from __future__ import annotations

import argparse

from playground.domain.advice import command
from playground.domain.errors import BadInput, Refusal
from playground.domain.proposals import Proposal
from playground.surfaces.asking.conversation import Conversation, require_person
from playground.surfaces.asking.renewing import as_it_is_now
from playground.surfaces.rendering.evidence import DIGEST_DIGITS_MIN
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the run's id or its beginning")
    parser.add_argument(
        "--yes-digest",
        metavar="DIGEST",
        default="",
        help=f"approve without a question what you saw under this digest "
        f"(at least its first {DIGEST_DIGITS_MIN} digits)",
    )


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Shows the proposal and approves it when the person confirms."""
    require_person(stage.screen, what="An approval")
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=True) as app:
        conversation, found = Conversation(app, stage=stage), app.desk.load(args.id)
        if found.waiting is None:
            raise Refusal(
                f"Run {found.id} has no proposal waiting; see {command('show', found.id)}."
            )
        asked = as_it_is_now(app, run=found, screen=stage.screen)
        while asked is not None and (proposal := asked.waiting) is not None:
            conversation.show(asked, proposal=proposal)
            if not _confirmed(stage.screen, proposal, args.yes_digest):
                stage.screen.tell("Not approved; the proposal keeps waiting.")
                return 1
            after = conversation.approve(asked, proposal=proposal)
            if after.ended is not None and after.ended.outcome == "applied":
                return 0
            asked = conversation.still_asked(after)
        return 1


def _confirmed(screen: Screen, proposal: Proposal, digest: str) -> bool:
    if digest:
        if len(digest) < DIGEST_DIGITS_MIN:
            raise BadInput(f"Give at least {DIGEST_DIGITS_MIN} digits of the digest.")
        if not proposal.digest.startswith(digest.lower()):
            raise Refusal("The waiting proposal has another digest; look at it again.")
        return True
    answer = screen.ask("Approve exactly this change? Type yes: ")
    return answer is not None and answer.lower() in {"y", "yes", "a", "approve"}
