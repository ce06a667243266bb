"""Moving a journal: every event with its position and hashes, from one database to another.

Nothing is hashed anew, so the copy has the same chains and the same head. The copy grows in
transactions of one page each; a move that was killed goes on where it was.

At each moment at most one of the two takes events: the copy says that the journal lies at the
source until the source, in one transaction with a look at its end, says that it lies at the copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from playground.domain.audits import FORGETTING, AuditReport, TextsForgotten
from playground.domain.errors import BadInput, Conflict, StorageUnavailable, Tampered
from playground.domain.events import RunEnded, TaskOpened
from playground.journal.audit import StoredRow, index_row
from playground.journal.codec import decode, decode_forgetting
from playground.journal.forgetting import kind_of
from playground.journal.head import Head

PAGE_ROWS = 100

STORED = "SELECT position, run, seq, at, form, body, run_hash, hash FROM event "


@dataclass(frozen=True, slots=True)
class Page:
    """Events that follow one another, and what the table of runs is to say about them.

    Attributes:
        after: where the journal ends before them.
        rows: position, run, seq, at, form, body, run_hash and hash of each, one at least.
        opened: id, root, key, first position and whether it ended, for each run that begins here.
        ended: whether it ended and the id, for each run that goes on here.
        blanked: form, body, run and number of events, here or before, that texts were taken out of.
    """

    after: Head
    rows: Sequence[StoredRow]
    opened: Sequence[tuple[str, str, str, int, int]]
    ended: Sequence[tuple[int, str]]
    blanked: Sequence[tuple[int, str, str, int]] = ()

    @property
    def end(self) -> Head:
        """Where the journal ends after them."""
        return Head(self.rows[-1][0], self.rows[-1][7])


class Storage(Protocol):
    """A journal that can be copied from and to."""

    @property
    def name(self) -> str:
        """The place, for a sentence."""
        ...

    def moved_to(self) -> str:
        """Returns the place where the journal lies now, "" when it is here."""
        ...

    def leave(self, *, place: str, end: Head) -> None:
        """Takes no event any more, except pages of another journal.

        Args:
            place: where the journal lies from now on.
            end: where this one must end.

        Raises:
            Conflict: it ends elsewhere, or was moved to another place.
            StorageUnavailable: it cannot be used.
        """
        ...

    def reopen(self) -> None:
        """Takes events again.

        Raises:
            StorageUnavailable: it cannot be used.
        """
        ...

    def end(self) -> Head:
        """Returns where it ends."""
        ...

    def stored(self, *, after: int, rows_max: int = PAGE_ROWS) -> list[Any]:
        """Returns the rows of events after a position."""
        ...

    def forgettings(self) -> Sequence[TextsForgotten]:
        """Returns what is said about texts that were taken out."""
        ...

    def bodies(self, places: Sequence[tuple[str, int]]) -> Sequence[tuple[int, str, str, int]]:
        """Returns form, body, run and number of events, given by run and number."""
        ...

    def rewrite(self) -> None:
        """Sees to it that nothing of what was overwritten is left."""
        ...

    def take(self, page: Page) -> None:
        """Records a page as it is, in one transaction.

        Raises:
            Conflict: the journal ends elsewhere.
        """
        ...

    def verify(self) -> AuditReport:
        """Checks every hash of every chain."""
        ...


def moved(source: Storage, target: Storage, *, told: Callable[[int], None]) -> AuditReport:
    """Copies all events that the target lacks, checks both sides, and goes on in the target.

    Args:
        source: takes no events any more afterwards.
        target: empty, or the beginning of the same journal.
        told: hears after each page how many events are there.

    Returns:
        what the target's audit found, which is what the source's found.

    Raises:
        BadInput: the target has another history, or the source was moved before.
        Tampered: the events of one side do not add up.
        Conflict: events were recorded on one of the sides meanwhile.
        StorageUnavailable: one of them cannot be used.
    """
    away, end, is_open = source.moved_to(), target.end(), not target.moved_to()
    if away and (away != target.name or (is_open and end != source.end())):
        raise BadInput(f"The journal lies at {away} already; set tools.journal.url to that place.")
    _sound(source, name="that is to be moved")
    if end.position and not _is_on(source, end):
        raise BadInput(
            f"There are {end.position} events already that are not of this journal; "
            "choose an empty place."
        )
    if is_open and not away:
        target.leave(place=source.name, end=end)
    while rows := source.stored(after=end.position):
        page = _page(rows, after=end, source=source)
        target.take(page)
        end = page.end
        told(end.position)
    if source.forgettings():
        target.rewrite()  # it may have had what was forgotten since it was left
    there, here = _sound(target, name="that was made"), _sound(source, name="that was moved")
    if (there.events, there.head) != (here.events, here.head):
        raise Conflict(
            "Events were recorded while the journal was moved; end all sessions and workers, "
            "and move it again."
        )
    source.leave(place=target.name, end=end)
    target.reopen()
    return there


def check_end(end: Head, *, page: Page) -> None:
    """Refuses a page that does not follow the end of a journal.

    Raises:
        Conflict: it does not.
    """
    if end != page.after:
        raise Conflict("Somebody else records there too; end all sessions and move it again.")


def check_here(place: str, *, name: str) -> None:
    """Refuses an event where the journal does not lie any more.

    Args:
        place: where it was moved to, "" when it was not.
        name: where it was.

    Raises:
        StorageUnavailable: it was moved.
    """
    if place:
        raise StorageUnavailable(
            f"The journal {name} was moved to {place} and takes nothing any more; set "
            "tools.journal.url to that place, or go on here without what was recorded there by "
            "`playground journal reopen`."
        )


def check_ready(now: Head, away: str, *, end: Head, place: str) -> None:
    """Refuses to leave a journal that has gone on, or that was moved to another place.

    Raises:
        Conflict: it has or was.
    """
    if away and away != place:
        raise Conflict(f"The journal was moved to {away} meanwhile; look there.")
    if now != end:
        raise Conflict(
            "Events were recorded while the journal was moved; end all sessions and workers, "
            "and move it again."
        )


def _sound(journal: Storage, *, name: str) -> AuditReport:
    report = journal.verify()
    if report.problems:
        raise Tampered(f"The journal {name} does not add up: {report.problems[0]}")
    return report


def _is_on(source: Storage, end: Head) -> bool:
    rows = source.stored(after=end.position - 1, rows_max=1)
    return [(row[0], row[7]) for row in rows] == [(end.position, end.hash)]


def _page(rows: list[Any], *, after: Head, source: Storage) -> Page:
    opened: dict[str, tuple[str, str, str, int, int]] = {}
    ended: dict[str, int] = {}
    blanked: list[tuple[str, int]] = []
    for position, run, _, _, form, body, _, _ in rows:
        if run == FORGETTING:
            said = decode_forgetting(body, form=form).blanked
            blanked += [(one.run, one.seq) for one in said]
        if kind_of(run) != "run":
            continue
        event = decode(body, form=form)
        if isinstance(event, TaskOpened):
            opened[run] = (run, *index_row(event, first=position, ended=False))
        ended[run] = int(isinstance(event, RunEnded))
    return Page(
        after,
        [tuple(row) for row in rows],
        [(*opened[run][:4], ended[run]) for run in opened],
        [(value, run) for run, value in ended.items() if run not in opened],
        source.bodies(blanked),
    )
