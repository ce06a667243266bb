"""Rows of a stream, a run's or a campaign's, whatever database they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from playground.domain.audits import FORGETTING
from playground.domain.campaigns import CampaignEvent, CampaignOpened
from playground.domain.errors import BadInput, Conflict, Tampered
from playground.domain.events import Event, TaskOpened
from playground.journal.chain import Entry, run_link
from playground.journal.forgetting import Links, is_blanked, kind_of

Row = tuple[str, int, float, int, str, str]
"""Stream, number in it, time, form, body and link in the stream's chain."""


def check_next(stream: str, *, seq: int, due: int) -> None:
    """Refuses a number that is taken or comes too early.

    Raises:
        Conflict: another number is due.
    """
    if seq != due:
        raise Conflict(
            f"Event {seq} of {kind_of(stream)} {stream} cannot be recorded because {due} "
            "is next; load it and try again."
        )


def check_alone(newest: Sequence[Any] | None) -> None:
    """Keeps two processes that look for an unfinished run at once from opening one each.

    Args:
        newest: id of the newest run with the task's key and whether it has ended, None for none.

    Raises:
        Conflict: it has not ended.
    """
    if newest is not None and not newest[1]:
        raise Conflict(f"Run {newest[0]} for the same task has not ended; carry it on.")


def check_opening(stream: str, *, seq: int, event: Event | CampaignEvent) -> None:
    """Refuses a stream that does not begin as one of its kind does, or begins twice.

    Raises:
        BadInput: the event has another place.
    """
    if stream == FORGETTING:
        raise BadInput(f"{FORGETTING} is no id of a run; choose another one.")
    opens = CampaignOpened if kind_of(stream) == "campaign" else TaskOpened
    if (seq == 0) != isinstance(event, opens):
        raise BadInput(
            f"Begin {kind_of(stream)} {stream} with {opens.__name__}, and only once; "
            f"this is {type(event).__name__}."
        )


def _nothing() -> Links:
    return {}


def checked(
    rows: Sequence[Row], *, start: int = 0, blanked: Callable[[], Links] = _nothing
) -> Iterator[Row]:
    """Yields the rows of one stream from number `start` on, after checking each link.

    Args:
        rows: from number `start` on, with the one before it where there is one.
        start: number of the first row that is wanted.
        blanked: tells of which events texts were taken out; asked where one is not as recorded.

    Raises:
        Tampered: a row is not what was recorded.
    """
    first = max(start - 1, 0)
    previous = ""
    for due, (stream, seq, at, form, body, link) in enumerate(rows, start=first):
        known = due < start  # only its link is needed
        entry = Entry(stream, seq, at, form, body)
        if seq != due or (
            not known
            and run_link(entry, previous=previous) != link
            and not is_blanked(entry, link, said=blanked().get((stream, seq), ()))
        ):
            raise Tampered(
                f"Event {seq} of {kind_of(stream)} {stream} is not what was recorded; stop, run "
                "`playground audit verify` and restore the journal from a backup."
            )
        if not known:
            yield stream, seq, at, form, body, link
        previous = link
