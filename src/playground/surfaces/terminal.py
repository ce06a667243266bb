"""The terminal: the interactive session and every command, without importing what is not used."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast

from playground import __version__
from playground.domain.errors import PlaygroundError
from playground.plugins import adapters, load
from playground.surfaces.interrupting import watched_interrupts

if TYPE_CHECKING:
    from playground.surfaces.stage.stage import Stage

_COMMANDS = "playground.surfaces.commands"
_SESSION = ("playground.surfaces.interactive", "session")
_WIRING = ("playground.surfaces.stage", "wiring")
INTERRUPTED = 130
"""Exit code after Ctrl-C."""

_DESCRIPTION = "Improves your code with a language model and never runs a line of it."
_EPILOG = """\
Without a command an interactive session begins.
Exit codes: 0 done, 1 findings remain or were not fixed, 2 bad usage or configuration,
3 a needed part is unavailable, 130 interrupted."""


class Command(Protocol):
    """What a module in `surfaces/commands/` offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the command's arguments."""
        ...

    def run(self, args: argparse.Namespace, *, stage: Stage) -> int:
        """Does the work; returns the exit code."""
        ...


class _Wiring(Protocol):
    def live_stage(self) -> Stage: ...

    def log_crash(self, error: BaseException) -> str: ...


def main(argv: Sequence[str], *, stage: Stage | None = None) -> int:
    """Runs one command.

    Args:
        argv: the arguments without the program's name.
        stage: where the command runs; None for the process's own terminal.

    Returns:
        The exit code. Errors that Playground raises on purpose become one sentence on standard
        error; anything else goes into the log.
    """
    _open_closed_streams()
    with _Ending() as ending, watched_interrupts():
        args, command = _parsed(argv)
        here = stage or cast("_Wiring", load(_WIRING[0], name=_WIRING[1])).live_stage()
        ending.code = command.run(args, stage=here)
    return ending.code


class _Ending:
    """Turns whatever ends a command into an exit code and at most one sentence."""

    code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self.code = _code_for(error)
        return True


def _open_closed_streams() -> None:
    """Puts the null device where the caller has closed a standard stream.

    Else the next file that is opened, such as the journal, would take the stream's number and get
    whatever a library writes there.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _code_for(error: BaseException) -> int:
    match error:
        case SystemExit():
            return _code_of(error)
        case KeyboardInterrupt():
            _say("Stopped. What was recorded is kept; the same command carries on.")
            return INTERRUPTED
        case BrokenPipeError():
            _silence_output()
            return 1
        case PlaygroundError():
            _say(str(error))
            return error.exit_code
        case _:
            _say(_crash_sentence(error))
            return 3


def _parsed(argv: Sequence[str]) -> tuple[argparse.Namespace, Command]:
    parser = _parser()
    known = adapters(_COMMANDS)
    rest, settings = _settings_apart(argv)
    name = next((word for word in rest if not word.startswith("-")), None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    chosen: object = None
    for spec in known.values():
        sub = commands.add_parser(spec.name, help=_help_of(spec.summary), description=spec.summary)
        sub.add_argument("--set", action="append", dest="set", metavar="KEY=VALUE")
        if spec.name == name:
            chosen = load(_COMMANDS, name=spec.name)
            cast("Command", chosen).configure(sub)
    args = parser.parse_args(rest)
    args.set = settings
    if chosen is None:
        chosen = load(_SESSION[0], name=_SESSION[1])
    return args, cast("Command", chosen)


def _help_of(summary: str) -> str:
    return summary[:1].lower() + summary[1:].rstrip(".").replace("%", "%%")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="playground",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"playground {__version__}")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting for this command alone, such as cycles.attempts_max=2",
    )
    return parser


def _settings_apart(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Returns the words without `--set KEY=VALUE`, which may stand anywhere, and the settings.

    The parser of an action below a command would not know the option.
    """
    rest: list[str] = []
    settings: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            return [*rest, word, *words], settings
        name, equals, value = word.partition("=")
        found = value if equals else next(words, None) if name == "--set" else None
        if name == "--set" and found is not None:
            settings.append(found)
        else:
            rest.append(word)
    return rest, settings


def _say(sentence: str) -> None:
    try:
        sys.stderr.write(f"playground: {_visible(sentence)}\n")
        sys.stderr.flush()
    except OSError:
        return


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _code_of(ending: SystemExit) -> int:
    if isinstance(ending.code, int):
        return ending.code
    return 0 if ending.code is None else 2


def _silence_output() -> None:
    """Lets nothing complain about the closed pipe when the process ends."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        return


def _crash_sentence(error: BaseException) -> str:
    told = "no log could be written"
    with suppress(PlaygroundError, OSError):
        where = cast("_Wiring", load(_WIRING[0], name=_WIRING[1])).log_crash(error)
        told = f"the details are in {where}"
    return f"Something unexpected happened ({type(error).__name__}); {told}."
