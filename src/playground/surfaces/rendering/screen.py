"""The screen: results on standard output, everything else on standard error, answers from a TTY."""

from __future__ import annotations

import io
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from playground.security.validators import printable

COLUMNS_MIN = 40
"""Narrowest terminal that everything is laid out for."""

_PIPED_COLUMNS = 4_000  # nothing is broken into lines for a program


@dataclass(frozen=True, slots=True)
class Streams:
    """The three standard streams."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO


class Screen:
    """Writes for a person or a pipe and asks only where a person sits.

    Text is never taken as markup, and control characters in texts that come from files, tools
    or models are made visible before they reach a terminal.
    """

    def __init__(self, streams: Streams, *, columns: int | None = None) -> None:
        """Wraps the streams; `columns` fixes the width, None asks the terminal."""
        self.streams = streams
        self.out = _console(streams.stdout, columns)
        self.err = _console(streams.stderr, columns)

    @property
    def can_ask(self) -> bool:
        """Whether a person sits here: what is shown and what is answered is on a terminal."""
        return self.streams.stdin.isatty() and self.streams.stdout.isatty()

    def show(self, what: RenderableType = "") -> None:
        """Prints a result."""
        self.out.print(what, soft_wrap=not self.out.is_terminal)

    def raw(self, text: str) -> None:
        """Writes machine-readable text to standard output, unchanged and at once."""
        self.streams.stdout.write(text)
        self.streams.stdout.flush()

    def tell(self, text: str, *, style: str = "") -> None:
        """Prints one line of progress or explanation on standard error."""
        self.err.print(plain(text, style=style), soft_wrap=not self.err.is_terminal)

    def explain(self, entries: Sequence[tuple[str, str]]) -> None:
        """Prints what each key does, on standard error."""
        rows = Table.grid(padding=(0, 2))
        for key, meaning in entries:
            rows.add_row(plain(key, style="bold"), plain(meaning))
        self.err.print(rows)

    def ask(self, question: str) -> str | None:
        """Returns the line that the person types, None at the end of input.

        What was typed before the question was visible is thrown away, so that no key pressed
        earlier answers it.

        Raises:
            KeyboardInterrupt: the person pressed Ctrl-C; what follows begins on a new line.
        """
        _drop_typed_ahead(self.streams.stdin)
        try:
            self.out.print(plain(question.rstrip(), style="bold"), end=" ")
            self.streams.stdout.flush()
            line = self.streams.stdin.readline()
        except KeyboardInterrupt:
            self.out.print()
            raise
        if not line:
            self.out.print()
            return None
        return line.strip()


def standard_streams() -> Streams:
    """Returns the process's own streams; what their encoding lacks is escaped, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return Streams(sys.stdin, sys.stdout, sys.stderr)


def plain(text: str, *, style: str = "") -> Text:
    """Returns text that is safe on a terminal; its line ends stay."""
    return Text(printable(text), style=style)


def _console(stream: TextIO, columns: int | None) -> Console:
    if columns is None and not stream.isatty():
        columns = _PIPED_COLUMNS
    return Console(
        file=stream, width=columns, markup=False, emoji=False, highlight=False, legacy_windows=False
    )


def _drop_typed_ahead(stdin: TextIO) -> None:
    try:
        termios.tcflush(stdin.fileno(), termios.TCIFLUSH)
    except (OSError, ValueError, termios.error):
        return
