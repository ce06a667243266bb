"""What a store does in the background: joining fragments, and filling vectors in.

Both may be cut off at any moment, by `close` or by the kernel: what is not done is found and done
the next time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from playground.domain.errors import PlaygroundError
from playground.memory import rows, tables
from playground.memory.handle import TableHandle
from playground.memory.lock import LOCK_TIMEOUT_S
from playground.memory.vectors import Vectors

FILL_ROWS = 500
"""Rows that get their vectors in one commit: a second's work, which is what a kill costs."""

_log = logging.getLogger(__name__)


class Upkeep:
    """Work on a table beside its readers and writers."""

    def __init__(self, handle: TableHandle, *, vectors: Vectors) -> None:
        self._handle = handle
        self._vectors = vectors
        self._threads: dict[str, threading.Thread] = {}
        self._starting = threading.Lock()
        self._stopping = threading.Event()

    def tidy(self) -> None:
        """Joins fragments and deletes old versions; nobody waits for it."""
        with self._handle.tidying.taken():
            self._handle.ask(lambda table: table.tidy(), otherwise=None)

    def fill(self, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
        """Gives a vector to every row that has none, batch by batch, until `stop` is called.

        Raises:
            StorageUnavailable: somebody else tidies longer than `timeout_s`, or nothing can be
                written here.
        """
        while not self._stopping.is_set():
            with self._handle.tidying.taken(timeout_s=timeout_s):
                waiting = self._handle.ask(
                    lambda table: self.waiting(table, limit=FILL_ROWS), otherwise=[]
                )
                if not waiting:
                    break
                made = self._vectors.rows([rows.episode(row) for row in waiting])
                self._store(made)

    def waiting(self, table: tables.Table, *, limit: int) -> list[tables.Row]:
        """Returns rows that wait for a vector of ours."""
        return [] if self._handle.is_foreign(table) else table.waiting(limit=limit)

    def start(self, name: str, *, work: Callable[[], None]) -> None:
        """Begins work in the background, unless it runs already."""

        def quietly() -> None:
            try:
                work()
            except PlaygroundError as error:
                _log.warning("The memory's %s was given up: %s", name, error)

        with self._starting:
            running = self._threads.get(name)
            if running is None or not running.is_alive():
                self._stopping.clear()
                thread = threading.Thread(target=quietly, name=f"playground-memory-{name}")
                self._threads[name] = thread
                thread.start()

    def stop(self) -> None:
        """Waits for what has begun; filling stops after its batch and goes on another time."""
        with self._starting:
            threads = list(self._threads.values())
            self._threads.clear()
            self._stopping.set()
        for thread in threads:
            thread.join()

    def _store(self, made: list[tables.Row]) -> None:
        with self._handle.writing.taken():
            self._handle.ask(lambda table: table.fill(made), otherwise=None)
