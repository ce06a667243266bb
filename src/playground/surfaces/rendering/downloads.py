"""A progress bar for bytes that arrive, on standard error."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

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


class Advance(Protocol):
    """Takes note of how far the download is."""

    def __call__(self, what: str, *, done_bytes: int, total_bytes: int) -> None:
        """Shows what is being done, its bytes so far and in all (0 when unknown)."""
        ...


_LINE_EVERY_S = 15.0
_NARROW_COLUMNS = 70


@contextmanager
def downloading(screen: Screen) -> Generator[Advance, None, None]:
    """Shows a bar on a terminal; in a pipe, a line whenever the work changes or time passes."""
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

        def advance(what: str, *, done_bytes: int, total_bytes: int) -> None:
            bar.update(task, description=what, completed=done_bytes, total=total_bytes or None)

        yield advance


class _Spoken:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._what = ""
        self._told_at = 0.0

    def advance(self, what: str, *, done_bytes: int, total_bytes: int) -> None:
        now = time.monotonic()
        if what == self._what and now - self._told_at < _LINE_EVERY_S:
            return
        self._what, self._told_at = what, now
        of = f" of {bytes_in_words(total_bytes)}" if total_bytes else ""
        self._screen.tell(f"{what}: {bytes_in_words(done_bytes)}{of}")
