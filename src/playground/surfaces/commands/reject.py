"""Reject one waiting proposal with a reason that teaches."""

from __future__ import annotations

import argparse

from playground.domain.advice import command
from playground.domain.errors import Refusal
from playground.security.validators import clean_request
from playground.surfaces.asking.conversation import Conversation, require_person
from playground.surfaces.stage.stage import Stage
from playground.surfaces.working.scope import repository_root


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", metavar="ID", help="the run's id or its beginning")
    parser.add_argument("--reason", required=True, metavar="WHY", help="one sentence")


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Records the rejection."""
    require_person(stage.screen, what="A rejection")
    root = repository_root(stage.cwd)
    with stage.opener(project=root, flags=args.set, deciding=True) as app:
        chars_max = app.manager.config.tools.input.chars_max
        reason = clean_request(args.reason, chars_max=chars_max)
        found = app.desk.load(args.id)
        proposal = found.waiting
        if proposal is None:
            raise Refusal(
                f"Run {found.id} has no proposal waiting; see {command('show', found.id)}."
            )
        Conversation(app, stage=stage).reject(found, proposal=proposal, reason=reason)
        return 0
