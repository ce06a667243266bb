"""The session: reads a line, does what it says, and survives whatever happens on the way."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.domain.episodes import RecallQuery
from playground.domain.errors import BadInput, PlaygroundError
from playground.security.limits import RateLimiter
from playground.security.validators import clean_request
from playground.surfaces.asking.reviewing import review
from playground.surfaces.asking.undoing import take_back
from playground.surfaces.interactive.lines import Lines, PipedLines, TypedLines
from playground.surfaces.interrupting import rearm_interrupts
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.reporting.engines import show_engines
from playground.surfaces.reporting.episodes import Form, search_memory
from playground.surfaces.reporting.runs import show_open_runs, show_run
from playground.surfaces.reporting.settings import show_settings
from playground.surfaces.reporting.stats import show_stats
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView, ChangeView, InputView
from playground.surfaces.working.improving import Improving, Wishes
from playground.surfaces.working.reports import WordsReport
from playground.surfaces.working.requesting import Request, fulfil
from playground.surfaces.working.scope import repository_root, scope_of

_HISTORY = "history"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds nothing: the session takes no arguments of its own."""
    del parser


def run(args: argparse.Namespace, *, stage: Stage) -> int:
    """Talks until the person leaves; returns 0."""
    root = repository_root(stage.cwd)
    person = stage.screen.can_ask
    with stage.opener(project=root, flags=args.set, deciding=person) as app:
        session = Session(app, stage=stage, root=root)
        if person:
            lines: Lines = TypedLines(
                history=app.manager.folders.state / _HISTORY,
                commands=tuple(session.commands),
                root=stage.cwd,
                toolbar=lambda: session.toolbar,
            )
        else:
            lines = PipedLines(stage.screen.streams.stdin)
        session.talk(lines)
    return 0


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash command: what follows it, what it does, and the function that takes the rest."""

    usage: str
    summary: str
    act: Callable[[str], None]


class Session:
    """One sitting: the engine in use, the bounds of input, and what each line does."""

    def __init__(self, app: AppView, *, stage: Stage, root: Path) -> None:
        """Takes the product, the person's stage and the repository's root."""
        self._app = app
        self._stage = stage
        self._screen = stage.screen
        self._root = root
        self._engine = ""
        self._over = False
        self._limiter = RateLimiter(self._input.requests_per_minute, name="requests")
        self.toolbar = ""
        self.commands = {
            "/help": Slash("", "this list", self._help),
            "/improve": Slash("PATH[:LINE]…", "repair what analyzers object to", self._improve),
            "/review": Slash("", "decide on waiting proposals", self._review),
            "/tasks": Slash("", "runs that have not ended", self._tasks),
            "/show": Slash("ID", "one run in words", self._show),
            "/undo": Slash("ID", "take an applied change back", self._undo),
            "/stats": Slash("", "counts by rule", self._stats),
            "/memory": Slash("TEXT", "search what was learned", self._memory),
            "/config": Slash("[KEY]", "settings and where they come from", self._config),
            "/engine": Slash("[NAME]", "show or change the engine", self._change_engine),
            "/quit": Slash("", "leave; Ctrl-D does the same", self._quit),
        }

    def talk(self, lines: Lines) -> None:
        """Takes lines until the end of input or `/quit`."""
        self._screen.tell("Say what you want, or /help. Nothing is written without your yes.")
        while not self._over:
            self._refresh()
            try:
                rearm_interrupts()
                line = lines.next()
                rearm_interrupts()
                if line is None:
                    break
                self.take(line)
            except KeyboardInterrupt:
                self._screen.tell("Stopped; what was recorded is kept. /quit leaves.")
            except PlaygroundError as error:
                self._screen.tell(str(error), style="yellow")

    def take(self, line: str) -> None:
        """Does what one line says.

        Raises:
            PlaygroundError: it cannot be done; the session goes on.
        """
        text = line.strip()
        if not text:
            return
        self._limiter.acquire()
        if not text.startswith("/"):
            request = Request(text, self._root, engine=self._engine)
            fulfil(self._app, stage=self._stage, request=request)
            return
        name, _, rest = clean_request(text, chars_max=self._input.chars_max).partition(" ")
        slash = self.commands.get(name)
        if slash is None:
            raise BadInput(f"There is no {name}; /help lists what there is.")
        slash.act(rest.strip())

    def _refresh(self) -> None:
        """Takes over changed limits and counts what waits."""
        for change in self._app.manager.reload():
            self._screen.tell(_change_in_words(change), style="dim" if change.applied else "yellow")
        self._limiter.change(self._input.requests_per_minute)
        engine = self._engine or ", ".join(self._app.manager.config.model.asked)
        waiting = len(self._app.desk.waiting(root=str(self._root)))
        self.toolbar = f" engine {engine} · {counted(waiting, 'proposal')} waiting · /help"

    @property
    def _input(self) -> InputView:
        return self._app.manager.config.tools.input

    def _help(self, _rest: str) -> None:
        self._screen.show("Words are a request: new files here, or changes to files you name.")
        for name, slash in self.commands.items():
            head = f"{name} {slash.usage}".strip()
            self._screen.show(f"  {head:<22} {slash.summary}")

    def _improve(self, rest: str) -> None:
        scope = scope_of(_words(rest) or ["."], cwd=self._stage.cwd)
        ask = self._screen.can_ask
        wishes = Wishes(scope=scope, ask=ask, engine=self._engine)
        report = WordsReport(self._app, screen=self._screen, asks=ask)
        Improving(self._app, stage=self._stage, wishes=wishes, report=report).run()

    def _review(self, _rest: str) -> None:
        review(self._app, stage=self._stage, root=str(self._root))

    def _tasks(self, _rest: str) -> None:
        show_open_runs(self._app, root=str(self._root), screen=self._screen)

    def _show(self, rest: str) -> None:
        show_run(self._app, run=self._app.desk.load(_needed(rest, "ID")), screen=self._screen)

    def _undo(self, rest: str) -> None:
        take_back(self._app, run_id=_needed(rest, "ID"), stage=self._stage)

    def _stats(self, _rest: str) -> None:
        show_stats(self._app, root=str(self._root), screen=self._screen)

    def _memory(self, rest: str) -> None:
        query = RecallQuery(_needed(rest, "TEXT"))
        search_memory(self._app, query=query, form=Form(self._screen))

    def _config(self, rest: str) -> None:
        show_settings(self._app.manager, key=rest, screen=self._screen)

    def _change_engine(self, rest: str) -> None:
        model = self._app.manager.config.model
        if not rest:
            in_use = (self._engine,) if self._engine else model.asked
            show_engines(self._app, in_use=in_use, screen=self._screen)
            return
        if rest not in model.engines:
            known = ", ".join(model.engines)
            raise BadInput(f"There is no engine {rest!r}; choose one of: {known}.")
        self._engine = rest
        self._screen.tell(f"Requests go to {rest} now.")

    def _quit(self, _rest: str) -> None:
        self._over = True


def _change_in_words(change: ChangeView) -> str:
    head = f"{change.key}: {change.old} is now {change.new} (from {change.origin})"
    return head if change.applied else f"{change.key}: {change.note}"


def _needed(rest: str, what: str) -> str:
    if not rest:
        raise BadInput(f"Give the {what} after the command.")
    return rest


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise BadInput(f"The quotes do not match in {rest!r}; close them.") from error
