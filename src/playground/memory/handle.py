"""The one handle through which a store reaches its table: opening, asking again, taking turns.

Two locks keep processes of one machine apart, always taken in this order:
  * tidying: one joins fragments, fills vectors in, or writes everything anew,
  * writing: one commits rows; it is held for milliseconds, also while somebody tidies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from playground.domain.errors import PlaygroundError, StorageUnavailable
from playground.memory import rows, tables
from playground.memory.locations import Location
from playground.memory.lock import Turn
from playground.memory.trouble import is_refused, translated
from playground.memory.vectors import Vectors

PAUSES_S = (0.02, 0.05, 0.1, 0.2)
_UNFINISHED = "unfinished"

_T = TypeVar("_T")


class TableHandle:
    """Opens the table when it is needed. Safe to use from several threads."""

    def __init__(self, location: Location, *, vectors: Vectors) -> None:
        self.location = location
        self.tidying = Turn(location.locks / "tidying")
        self.writing = Turn(location.locks / "lock")
        self.unlooked = True
        """Whether there may be rows without vectors that nobody has looked for."""
        self._vectors = vectors
        self._table: tables.Table | None = None
        self._opening = threading.RLock()

    def exists(self) -> bool:
        """Whether there may be a table, without loading any library.

        Raises:
            StorageUnavailable: making it anew was cut off.
        """
        with translated(self.location):
            if self.location.folder and (self.location.folder / _UNFINISHED).exists():
                raise StorageUnavailable(
                    f"Making the memory in {self.location} anew was cut off; "
                    "run `playground memory repair` to finish it."
                )
            return tables.exists(self.location)

    def ask(self, work: Callable[[tables.Table], _T], *, otherwise: _T) -> _T:
        """Asks the table, opening it anew and asking again when something gets in between."""
        for pause_s in PAUSES_S:
            try:
                return self._ask_once(work, otherwise=otherwise)
            except StorageUnavailable as error:
                cause = error.__cause__
                if cause is None or isinstance(cause, PlaygroundError):
                    raise  # a sentence of our own: asking again would change nothing
                if is_refused(cause, self.location):
                    raise
                self.let_go()
                time.sleep(pause_s)
        return self._ask_once(work, otherwise=otherwise)

    def make(self, batches: Iterable[Sequence[tables.Row]]) -> None:
        """Puts a table of these rows where none is, or in place of another, in one commit."""
        with self._opening, translated(self.location):
            self._table = self._replaced(tables.place(self.location), batches)

    def make_anew(self, batches: Iterable[Sequence[tables.Row]]) -> None:
        """Makes the table whatever lies there; a cut-off leaves a mark until it is done again."""
        with self._opening, translated(self.location):
            place = tables.place(self.location)
            mark = self.location.folder / _UNFINISHED if self.location.folder else None
            self._table = None
            if not self._can_be_opened(place):
                # Nothing is in place of what is dropped until all of it is made.
                if mark is not None:
                    mark.touch()
                place.drop()
            self._table = self._replaced(place, batches)
            if mark is not None:
                mark.unlink(missing_ok=True)

    def is_foreign(self, table: tables.Table) -> bool:
        """Whether machines with another embedder made the vectors, and go on to do so.

        Where no lock keeps them out, the table is not written anew for ours: what they append
        meanwhile would be lost, and the next of them would do the same to us.
        """
        if self.location.folder is not None:
            return False
        stamp = table.stamp()
        return stamp.schema == tables.SCHEMA_VERSION and stamp != self._vectors.stamp()

    def let_go(self) -> None:
        """Lets go of the files."""
        with self._opening:
            self._table = None

    def _replaced(
        self, place: tables.Place, batches: Iterable[Sequence[tables.Row]]
    ) -> tables.Table:
        """Replaces the table, and raises what went wrong in making the rows as it was raised."""
        failed: list[BaseException] = []

        def watched() -> Iterator[Sequence[tables.Row]]:
            try:
                yield from batches
            except BaseException as error:
                failed.append(error)
                raise

        try:
            return place.replace(self._vectors.stamp(), batches=watched())
        except BaseException as error:
            if failed and error is not failed[0]:
                raise failed[0] from error
            raise

    def _can_be_opened(self, place: tables.Place) -> bool:
        try:
            with translated(self.location):
                place.open()
        except StorageUnavailable:
            return False
        return True

    def _ask_once(self, work: Callable[[tables.Table], _T], *, otherwise: _T) -> _T:
        with translated(self.location):
            table = self._opened()
            return otherwise if table is None else work(table)

    def _opened(self) -> tables.Table | None:
        """Returns the table, None when there is none yet; brings it up to date when it is old."""
        with self._opening:
            if self._table is None:
                self._table = tables.place(self.location).open()
            table = self._table
            if table is None or self._fits(table.stamp()) or self.is_foreign(table):
                return table
        with self.writing.taken():
            return self._carried_over()

    def _fits(self, stamp: tables.Stamp) -> bool:
        if stamp.schema > tables.SCHEMA_VERSION:
            raise StorageUnavailable(
                f"The memory in {self.location} was written by a newer Playground; "
                "update Playground to use it."
            )
        return stamp == self._vectors.stamp()

    def _carried_over(self) -> tables.Table | None:
        """Writes an old table's episodes into one of the newest schema, in one commit.

        Vectors of the same embedder are kept. Others are left out, to be filled in afterwards;
        until then such an episode is found by its words alone.
        """
        with self._opening:
            place = tables.place(self.location)
            table = place.open()
            wanted = self._vectors.stamp()
            if table is not None and not (self._fits(table.stamp()) or self.is_foreign(table)):
                old = table.stamp()
                same = (old.embedder, old.dimensions) == (wanted.embedder, wanted.dimensions)
                table = self._replaced(place, rows.carried(table.scan(), vectors=same))
                self.unlooked = True
            self._table = table
            return table
