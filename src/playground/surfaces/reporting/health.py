"""The state of the installation: one line for each part, and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from playground.domain.errors import PlaygroundError, Unavailable
from playground.domain.verdicts import CheckStatus
from playground.security.room.sealed import SealedRoom
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import (
    bytes_in_words,
    counted,
)
from playground.surfaces.rendering.tables import Trimmed
from playground.surfaces.reporting.engines import engine_lines
from playground.surfaces.reporting.parts import Line
from playground.surfaces.reporting.rooms import room_lines
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.weights import model_of

_MARKS = {
    (True, True): ("ok", "green"),
    (False, True): ("problem", "red"),
    (True, False): ("unused", "dim"),
}
_MARK_COLUMNS = 8
_DISK_BYTES_MIN = 500_000_000
_KEY_BEGINS = "AKIA"
_PLANTED = {
    "planted.py": (
        "import os\n\n\ndef planted() -> int:\n    return undefined_name + 'text'  # \u202e\n"
        f"\n\nKEY = '{_KEY_BEGINS}QR5TZ7WLNB2MVXK4'\n"
    ),
    "planted.ts": "export const planted: number = 'text';\ndebugger;\n",
}
"""Sources with a fault for every analyzer, among them the form of a key that is none."""


def examine(app: AppView, *, engine: str, screen: Screen) -> bool:
    """Prints a line for each part as it is examined; returns whether all are well."""
    well = True
    for line in lines_of(app, engine=engine, screen=screen):
        well = well and line.well
        mark = _MARKS[line.well, line.used]
        row = Table.grid(padding=(0, 1))
        row.add_column(width=_MARK_COLUMNS)
        row.add_column(overflow="fold")
        row.add_row(Text(*mark), plain(f"{line.part}: {line.text}"))
        screen.show(Trimmed(row))
    return well


def lines_of(app: AppView, *, engine: str, screen: Screen) -> Iterator[Line]:
    """Yields the state of each part."""
    yield Line("Python", f"{platform.python_version()} at {sys.executable}")
    yield from room_lines(None if app.manager.config.tools.room == "open" else SealedRoom())
    yield from _analyzers(app, screen)
    yield _guarded("model", lambda: _model(app, engine, screen))
    yield from engine_lines(app, engine=engine, screen=screen)
    yield _guarded("journal", lambda: _journal(app))
    yield _guarded("memory", lambda: f"{counted(app.memory.count(), 'episode')}")
    yield from _folders(app)


def _guarded(part: str, look: Callable[[], str]) -> Line:
    try:
        return Line(part, look())
    except PlaygroundError as error:
        return Line(part, str(error), well=False)


def _analyzers(app: AppView, screen: Screen) -> Iterator[Line]:
    """Lets every analyzer look at files with planted faults, so that silence is found out."""
    with working(screen, label="Asking the analyzers"):
        try:
            with tempfile.TemporaryDirectory(prefix="playground-doctor-") as folder:
                root = Path(folder).resolve()
                for name, text in _PLANTED.items():
                    (root / name).write_text(text, encoding="utf-8")
                survey = app.gate.survey(root, paths=())
        except (PlaygroundError, OSError) as error:
            yield Line("analyzers", str(error), well=False)
            return
    found = {finding.tool for finding in survey.findings}
    for check in survey.checks:
        if check.status is not CheckStatus.OK:
            yield Line(check.tool, f"no answer ({check.status}): {check.detail}", well=False)
        elif check.tool not in found:
            yield Line(check.tool, "it does not find a planted fault; reinstall it", well=False)
        else:
            yield Line(check.tool, f"{check.version}, finds a planted fault")


def _model(app: AppView, engine: str, screen: Screen) -> str:
    name = model_of(app, engine=engine)
    if not name:
        return "the engine embeds none"
    with working(screen, label=f"Reading {name}"):
        app.models.verify(name)
    return f"{name}, every byte as pinned"


def _journal(app: AppView) -> str:
    report = app.journal.verify()
    if report.problems:
        raise Unavailable(f"{report.problems[0]}; see `playground audit verify`")
    return f"{counted(report.events, 'event')} of {counted(report.runs, 'run')}, every hash fits"


def _folders(app: AppView) -> Iterator[Line]:
    folders = app.manager.folders
    for part, folder in (
        ("data", folders.data),
        ("cache", folders.cache),
        ("state", folders.state),
    ):
        near = next(p for p in (folder, *folder.parents) if p.exists())
        free = shutil.disk_usage(near).free
        if not os.access(near, os.W_OK | os.X_OK):
            yield Line(part, f"{near} is not writable; allow yourself to write", well=False)
        elif free < _DISK_BYTES_MIN:
            yield Line(part, f"only {bytes_in_words(free)} free at {near}", well=False)
        else:
            yield Line(part, f"{folder}, {bytes_in_words(free)} free")
