"""Reading edits: which lines of a file become which others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from playground.orchestrator.edits.lines import BEGINS, DIVIDES, ENDS, lines_of
from playground.orchestrator.edits.standing import Standing


class BadEdit(Exception):
    """The edits cannot be applied as they were written; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Neighbouring lines and what takes their place, all without line ends."""

    search: tuple[str, ...]
    replace: tuple[str, ...]


def aligned(edit: Edit) -> Edit:
    """Returns the edit with its new lines moved so that both sides begin in the same column."""
    wanted, found = _column(edit.search), _column(edit.replace)
    if wanted == found:
        return edit
    if wanted > found:
        put = " " * (wanted - found)
        return Edit(edit.search, tuple(f"{put}{x}" if x.strip() else x for x in edit.replace))
    cut = found - wanted
    return Edit(edit.search, tuple(x[cut:] if not x[:cut].strip() else x for x in edit.replace))


def _column(lines: Sequence[str]) -> int:
    line = next((line for line in lines if line.strip()), "")
    return len(line) - len(line.lstrip(" "))


def has_edits(section: str) -> bool:
    """Whether a text holds the beginning of an edit."""
    return any(BEGINS.match(line) for line in lines_of(section))


def edits_in(section: str) -> list[Edit]:
    """Returns the edits of a text in their order; what stands between them is not read.

    Raises:
        BadEdit: an edit has no divider or no end.
    """
    lines = iter(lines_of(section))
    edits: list[Edit] = []
    for line in lines:
        if BEGINS.match(line):
            search = _until(lines, DIVIDES, "The answer holds an edit without its divider.")
            replace = _until(lines, ENDS, "The answer holds an edit without its end.")
            edits.append(Edit(search, replace))
    return edits


def _until(lines: Iterator[str], end: re.Pattern[str], complaint: str) -> tuple[str, ...]:
    taken: list[str] = []
    for line in lines:
        if end.match(line):
            return tuple(taken)
        if BEGINS.match(line):
            break
        taken.append(line)
    raise BadEdit(complaint)


def applied(base: str, edits: Sequence[Edit], *, path: str) -> str:
    """Returns the text with every edit applied to the lines that it names.

    All edits are looked for in the text as it was shown, so none can touch what another wrote. An
    edit that changes nothing, or stands there twice, counts for nothing; an empty text is replaced
    by one that searches for nothing.

    Raises:
        BadEdit: lines are not in the file, are in it more than once, or belong to two edits.
    """
    if not base.strip() and len(edits) == 1 and not edits[0].search:
        return "".join(f"{line}\n" for line in edits[0].replace)
    edits = [edit for edit in dict.fromkeys(edits) if edit.search != edit.replace]
    lines = base.split("\n")
    standing = Standing(lines_of(base))
    newline = "\r" if len(lines) > 1 and lines[0].endswith("\r") else ""
    places: list[tuple[int, Edit]] = sorted(
        ((_place(standing, edit, path), edit) for edit in edits), key=lambda place: place[0]
    )
    for (start, edit), (next_start, _) in pairwise(places):
        if next_start < start + len(edit.search):
            raise BadEdit(f"Two edits of the answer change the same lines of {path}.")
    for start, edit in reversed(places):
        lines[start : start + len(edit.search)] = [line + newline for line in edit.replace]
    if newline and lines and not base.endswith(newline):
        lines[-1] = lines[-1].removesuffix(newline)  # no line feed follows the last line
    return "\n".join(lines)


def _place(standing: Standing, edit: Edit, path: str) -> int:
    if not edit.search:
        raise BadEdit(f"An edit of {path} does not say which lines it replaces.")
    found = standing.places(edit.search)
    if len(found) == 1:
        return found[0]
    first = next(line for line in (*edit.search, "") if line.strip() or not line).strip()
    if not found:
        raise BadEdit(f"The lines from `{first[:60]}` on are not in {path} as they were written.")
    raise BadEdit(f"The lines from `{first[:60]}` on stand {len(found)} times in {path}.")
