"""Episodes of elsewhere: read, checked, and added to memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from playground.domain.episodes import Episode
from playground.domain.errors import BadInput
from playground.domain.exchange import LINE_CHARS_MAX, read_episode
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.reporting.episodes import Form, is_own
from playground.surfaces.stage.views import AppView


def import_memory(app: AppView, *, path: Path | None, confined: str, form: Form) -> bool:
    """Adds the episodes of a file; what is known already, or forgotten, is passed over.

    Args:
        app: the product.
        path: the file, None for standard input.
        confined: absolute root of the one repository in which they may teach, whatever roots the
            file names for them; "" when the person trusts the file, for all.
        form: how the result is printed.

    Raises:
        BadInput: the file cannot be read, or a line of it is no episode; nothing is added then.
    """
    episodes = {episode.id: episode for episode in _read(path, form)}
    theirs = [one for one in episodes.values() if not is_own(app, one.id)]
    ours = len(episodes) - len(theirs)
    there = app.memory.known(one.id for one in theirs)
    new = [one for one in theirs if one.id not in there]
    app.memory.remember_all(
        replace(one, trusted=not confined, root=confined or one.root) for one in new
    )
    known = len(there)
    words = f"Imported {counted(len(new), 'episode')}."
    if new and confined:
        words += f" They teach in {confined} alone; with --trusted they would teach everywhere."
    if known:
        words += f" Known already: {known}."
    if ours:
        words += (
            f" Runs of this journal: {ours}; "
            "`playground memory repair` learns what of them was not forgotten."
        )
    value = {"type": "imported", "episodes": len(new), "known": known, "own": ours}
    form.say(value, words)
    return True


def _read(path: Path | None, form: Form) -> Iterator[Episode]:
    name = str(path) if path else "standard input"
    for number, line in enumerate(_lines(path, form), start=1):
        if not line.strip():
            continue
        try:
            yield read_episode(line)
        except BadInput as error:
            raise BadInput(f"Line {number} of {name} is no episode: {error}.") from error


def _lines(path: Path | None, form: Form) -> Iterator[str]:
    try:
        if path is None:
            yield from iter(lambda: form.screen.streams.stdin.readline(LINE_CHARS_MAX + 1), "")
            return
        with path.open(encoding="utf-8") as file:
            yield from iter(lambda: file.readline(LINE_CHARS_MAX + 1), "")
    except UnicodeError as error:
        raise BadInput(
            f"{path or 'Standard input'} is not UTF-8 text; give another file."
        ) from error
    except OSError as error:
        raise BadInput(
            f"{path or 'Standard input'} cannot be read ({error.strerror}); give another file."
        ) from error
