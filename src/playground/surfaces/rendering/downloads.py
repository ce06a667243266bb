"""A progress bar for bytes that arrive, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TransferSpeedColumn,
)

from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import bytes_in_words

Advance = Callable[[str, int, int], None]
"""Takes what is being done, bytes so far, and bytes in all (0 when unknown)."""

_LINE_EVERY_S = 15.0
_NARROW_COLUMNS = 70


@contextmanager
def downloading(screen: Screen) -> Generator[Advance, None, None]:
    """Shows a bar on a terminal; in a pipe, a line whenever the source changes or time passes."""
    if not screen.err.is_terminal or screen.err.is_dumb_terminal:
        yield _Spoken(screen).advance
        return
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        DownloadColumn(),
    ]
    if screen.err.width >= _NARROW_COLUMNS:
        columns.append(TransferSpeedColumn())
    with Progress(
        *columns,
        console=screen.err,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(source: str, done: int, total: int) -> None:
            bar.update(task, description=source, completed=done, total=total or None)

        yield advance


class _Spoken:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._source = ""
        self._told_at = 0.0

    def advance(self, source: str, done: int, total: int) -> None:
        now = time.monotonic()
        if source == self._source and now - self._told_at < _LINE_EVERY_S:
            return
        self._source, self._told_at = source, now
        of = f" of {bytes_in_words(total)}" if total else ""
        self._screen.tell(f"{source}: {bytes_in_words(done)}{of}")
