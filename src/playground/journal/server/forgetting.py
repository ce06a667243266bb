"""Taking texts out of the events on a server, and having their old files deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from pg8000.exceptions import DatabaseError

from playground.domain.errors import StorageUnavailable
from playground.journal.forgetting import OF_RUN, OVERWRITE, PAGE_ROWS, RECALLED, RECALLS, Wish
from playground.journal.server.address import Address
from playground.journal.server.session import Session
from playground.journal.server.trouble import Lost, trouble

_REWRITING_S = 900.0


def recalling(session: Session, wish: Wish) -> Iterator[Any]:
    """Yields the events that may hold what is to be forgotten, page by page.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
    """
    position, page = 0, [()]
    while page:
        page = session.ask(RECALLS, (position, RECALLED, PAGE_ROWS))
        yield from page
        position = page[-1][0] if page else position
    yield from session.ask(OF_RUN, (wish.run,))


def overwrite(session: Session, found: Sequence[tuple[int, str, int]]) -> None:
    """Overwrites events in an open transaction.

    Raises:
        Lost: the session is over.
        DatabaseError: the server says no.
    """
    for values in found:
        session.ask(OVERWRITE, values)


def rewrite(address: Address) -> None:
    """Has the table of events written into new files; it may take as long as copying it.

    Raises:
        StorageUnavailable: the server cannot be used, or somebody keeps the table.
    """
    try:
        with closing(Session(address, answer_s=_REWRITING_S)) as session:
            session.tell("VACUUM (FULL) event")
    except DatabaseError as error:
        raise trouble(error, at=address) from error
    except Lost as error:
        raise StorageUnavailable(
            f"The journal {address} could not be written anew ({error}), so the server's files may "
            "still hold what was forgotten; forget it again when the server answers."
        ) from error
