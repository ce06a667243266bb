"""A request in words: one task, one run, one conversation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.campaigns.planning import request_task
from playground.security.validators import clean_request
from playground.surfaces.asking.conversation import Answer, Conversation
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.advancing import advanced
from playground.surfaces.working.improving import answered
from playground.surfaces.working.outcomes import Outcome, Result
from playground.surfaces.working.reports import WordsReport
from playground.surfaces.working.turning import policy_for, result_of
from playground.surfaces.working.weights import Weights


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for in words.

    Attributes:
        text: as typed.
        root: absolute folder that paths are relative to.
        files: POSIX paths that may be touched, empty for new files of the answer's choice.
        engine: name of the configured engine, "" for the default one.
    """

    text: str
    root: Path
    files: Sequence[str] = ()
    engine: str = ""


def fulfil(app: AppView, *, stage: Stage, request: Request) -> Result:
    """Works on a request and asks the person about the proposal where one sits.

    Raises:
        BadInput: the text or a path cannot be used.
        Unavailable: a needed part is missing.
    """
    text = clean_request(request.text, chars_max=app.manager.config.tools.input.chars_max)
    task = request_task(text, root=request.root, files=request.files, workspace=app.workspace)
    Weights(app, screen=stage.screen, engine=request.engine).make_ready()
    started = time.monotonic()
    run_id = app.desk.submit(task, policy=policy_for(app, request.engine))
    before = app.desk.load(run_id).usage
    run = advanced(app, run_id=run_id, label=_shortened(text), screen=stage.screen)
    seconds = time.monotonic() - started
    result = result_of(run, before=before)
    result = Result(
        result.outcome, run=run, reason=result.reason, usage=result.usage, seconds=seconds
    )
    asks = stage.screen.can_ask
    WordsReport(app, screen=stage.screen, asks=asks).finished(result)
    if run.waiting is not None and asks:
        return answered(result, Conversation(app, stage=stage).about(run))
    if run.waiting is not None:
        tell_how_to_review(stage.screen)
    return result


def settled(result: Result, *, asked: bool) -> bool:
    """Whether the request ended as wished: applied, or proposed where nobody was asked."""
    if asked:
        return result.answer is Answer.APPROVED
    return result.outcome is Outcome.PROPOSED


def tell_how_to_review(screen: Screen) -> None:
    """Says that nothing was written and where the person decides."""
    screen.tell("Nothing was written; run `playground review --all` on a terminal to decide.")


def _shortened(text: str, chars_max: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars_max else line[: chars_max - 1] + "…"
