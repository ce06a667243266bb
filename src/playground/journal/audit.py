"""The audit: reads the whole journal and names every event that does not fit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from playground.domain.audits import FORGETTING, AuditReport, TextsForgotten
from playground.domain.errors import StorageUnavailable
from playground.domain.events import RunEnded, TaskOpened
from playground.journal.chain import Entry, journal_link, run_link
from playground.journal.codec import decode, decode_forgetting, storable
from playground.journal.forgetting import Said, is_blanked, kind_of
from playground.journal.head import Head

StoredRow = tuple[int, str, int, float, int, str, str, str]
"""Position, run, seq, at, form, body, run_hash and hash of an event."""


class Damaged(Exception):
    """What holds the journal cannot be read on; the message says why."""


class Ledger(Protocol):
    """A journal as it is stored, seen at one moment; reading may end with `Damaged`."""

    def damages(self) -> Iterable[str]:
        """Yields what is wrong with what holds the events, one sentence each."""
        ...

    def events(self) -> Iterable[StoredRow]:
        """Yields position, run, seq, at, form, body, run_hash and hash, by position."""
        ...

    def given(self) -> int:
        """Returns the newest position that was given out, 0 for none."""
        ...

    def index(self) -> Iterable[tuple[str, str, str, int, int]]:
        """Yields id, root, key, first position and whether it ended, for each run."""
        ...


@dataclass(slots=True)
class _RunSeen:
    """What the events read so far say about one run."""

    first: int
    opening: Entry
    last: Entry
    run_hash: str


@dataclass(frozen=True, slots=True)
class _Unlike:
    """An event that is not what was recorded.

    Attributes:
        entry: as it lies there now.
        run_hash: the link that it was recorded with.
        problem: what is wrong about it unless the chain says that texts were taken out of it.
    """

    position: int
    entry: Entry
    run_hash: str
    problem: str


@dataclass(slots=True)
class _Walk:
    """The state of reading the chain from its beginning."""

    events: int = 0
    position: int = 0
    hash: str = ""
    runs: dict[str, _RunSeen] = field(default_factory=dict[str, _RunSeen])
    head_hash: str | None = None
    problems: list[str] = field(default_factory=list[str])
    unfit: dict[int, str] = field(default_factory=dict[int, str])
    unlike: list[_Unlike] = field(default_factory=list[_Unlike])
    blanked: dict[tuple[str, int], Said] = field(default_factory=dict[tuple[str, int], Said])
    forgotten: int = 0
    forgettings: list[TextsForgotten] = field(default_factory=list[TextsForgotten])


def audit(ledger: Ledger, *, head: Head | None) -> AuditReport:
    """Checks every link, the order, the end, the index and the file itself.

    Args:
        ledger: the journal as it was at a moment after `head` was read.
        head: the recorded end of the journal, None when it is missing or unreadable.
    """
    walk = _Walk()
    try:
        walk.problems.extend(ledger.damages())
        _walk_events(ledger, walk, head)
        _check_end(ledger, walk, head)
        _check_index(ledger, walk)
    except Damaged as error:
        walk.problems.append(f"The file is damaged after event {walk.position}: {error}.")
    runs = sum(kind_of(stream) == "run" for stream in walk.runs)
    problems, forgettings = tuple(walk.problems), tuple(walk.forgettings)
    return AuditReport(walk.events, runs, walk.hash, problems, walk.forgotten, forgettings)


def _walk_events(ledger: Ledger, walk: _Walk, head: Head | None) -> None:
    try:
        _walk_on(ledger, walk, head)
    finally:
        for one in walk.unlike:
            said = walk.blanked.get((one.entry.run, one.entry.seq))
            if said and is_blanked(one.entry, one.run_hash, said=(said,)):
                walk.forgotten += 1
            else:
                walk.unfit[one.position] = one.problem
        walk.problems.extend(walk.unfit[position] for position in sorted(walk.unfit))


def _walk_on(ledger: Ledger, walk: _Walk, head: Head | None) -> None:
    for position, run, seq, at, form, body, run_hash, digest in ledger.events():
        entry = Entry(run, seq, at, form, body)
        problem = _problem_of(walk, entry, position=position, links=(run_hash, digest))
        if problem:
            walk.unfit[position] = problem
        elif run == FORGETTING:
            with contextlib.suppress(StorageUnavailable):  # newer, and said by who reads it
                wish = decode_forgetting(body, form=form)
                walk.forgettings.append(wish)
                said = {(one.run, one.seq): (one.link, wish.episode_id) for one in wish.blanked}
                walk.blanked.update(said)
        seen = walk.runs.setdefault(run, _RunSeen(position, entry, entry, ""))
        seen.last, seen.run_hash = entry, run_hash
        walk.events += 1
        walk.position, walk.hash = position, digest
        if head and head.position == position:
            walk.head_hash = digest


def _problem_of(walk: _Walk, entry: Entry, *, position: int, links: tuple[str, str]) -> str:
    """Returns the first thing that does not fit about an event, "" when all does."""
    seen = walk.runs.get(entry.run)
    due = seen.last.seq + 1 if seen else 0
    name = f"Event {entry.seq} of {kind_of(entry.run)} {entry.run} at position {position}"
    if position != walk.position + 1:
        return f"{name} follows position {walk.position}; what lay between is missing."
    if entry.seq != due:
        return f"{name} stands where event {due} of that run was due."
    if run_link(entry, previous=seen.run_hash if seen else "") != links[0]:
        problem = f"{name} is not what was recorded, or the one before it in its run is not."
        if entry.run == FORGETTING:
            return problem
        walk.unlike.append(_Unlike(position, entry, links[0], problem))
    if journal_link(links[0], position=position, previous=walk.hash) != links[1]:
        return f"{name} does not follow from the event before it in the journal."
    return ""


def _check_end(ledger: Ledger, walk: _Walk, head: Head | None) -> None:
    given = ledger.given()
    if given != walk.position:
        walk.problems.append(
            f"The journal ends at position {walk.position} but {given} positions were given out."
        )
    if head is None:
        walk.problems.append("The head file is missing or unreadable; the end cannot be checked.")
    elif head.position > walk.position:
        walk.problems.append(
            f"The head file knows of event {head.position} but the journal ends "
            f"at {walk.position}: its end was cut off."
        )
    elif (walk.head_hash or "") != head.hash:
        walk.problems.append(f"The head file names an event {head.position} that is not here.")


def _check_index(ledger: Ledger, walk: _Walk) -> None:
    stored = {run: tuple(said) for run, *said in ledger.index()}
    walk.problems.extend(
        f"The index lists run {run}, which has no events." for run in stored.keys() - walk.runs
    )
    for run, seen in walk.runs.items():
        if kind_of(run) != "run":
            continue
        with contextlib.suppress(StorageUnavailable):  # its event is reported already, or newer
            said, found = stored.get(run), _index_of(seen)
            if (run, 0) in walk.blanked:  # the key is made of texts that are gone
                said, found = said and (said[0], *said[2:]), found and (found[0], *found[2:])
            if said != found:
                walk.problems.append(f"The index does not say about run {run} what its events say.")


def _index_of(seen: _RunSeen) -> tuple[str, str, int, int] | None:
    opening = decode(seen.opening.body, form=seen.opening.form)
    last = decode(seen.last.body, form=seen.last.form)
    if not isinstance(opening, TaskOpened):
        return None
    return index_row(opening, first=seen.first, ended=isinstance(last, RunEnded))


def index_row(opening: TaskOpened, *, first: int, ended: bool) -> tuple[str, str, int, int]:
    """Returns what the index says about a run: root, key, first position and whether it ended."""
    task = opening.task
    return storable(task.root), task.key, first, int(ended)
