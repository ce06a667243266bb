"""Runs are handed out by PgQueuer, in tables of its own beside the journal in PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar, cast

from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.queries import Queries
from pgqueuer.types import Channel, JobId

from playground.domain.changes import digest_of
from playground.domain.errors import StorageUnavailable
from playground.domain.queues import Look, Order, Setback, Trouble
from playground.queues.addresses import Address
from playground.queues.connections import Patience, SteadyDriver

_Result = TypeVar("_Result")

FORM = 1
"""Version of what an order looks like; workers of another one never see it."""

_INSTALL_LOCK = 0x706C6179  # any number that nobody else takes
_PATIENCE_S = 30.0
_JOIN_S = 5.0
_OPEN = frozenset({"queued", "picked"})
_SAID = (
    "SELECT DISTINCT ON (job_id) job_id, traceback->>'exception_message' AS said FROM LOG "
    "WHERE job_id = ANY($1) AND status = 'exception' ORDER BY job_id, id DESC"
)
_PRUNE = """
DELETE FROM LOG WHERE id IN (
    SELECT id FROM LOG
    WHERE id IN (SELECT id FROM LOG ORDER BY id LIMIT $1) AND created < now() - $2::interval
    FOR UPDATE SKIP LOCKED
)
"""
_PRUNED_MAX = 1_000
_PRUNE_EVERY = 100
_KEPT = timedelta(days=1)
_LOST = "A worker failed unexpectedly; its log says how."


def entrypoint_of(root: str) -> str:
    """Returns the name under which a repository's runs are handed out."""
    return f"playground/{FORM}/{digest_of(root)[:16]}"


def encoded(value: Order | Setback) -> str:
    """Returns an order or a setback as the queue keeps it."""
    return json.dumps(asdict(value))


def order_of(payload: bytes | None) -> Order:
    """Returns the order that was put into the queue."""
    return Order(**json.loads(payload or b"{}"))


async def prepare(queries: Queries) -> None:
    """Makes the queue's tables where there are none; of several that want to, one does."""
    driver = queries.driver
    await driver.execute("SELECT pg_advisory_lock($1)", _INSTALL_LOCK)
    try:
        if not await queries.schema_is_installed():
            await queries.install()
    finally:
        await driver.execute("SELECT pg_advisory_unlock($1)", _INSTALL_LOCK)


async def prune(queries: Queries) -> None:
    """Deletes what lies in the queue's log for longer than a day, a bounded piece at a time.

    Nothing else does: PgQueuer only adds to it, and its maintainer advises to delete by age
    (discussion 621 of its repository). A setback is read from it within seconds; an order whose
    end is not found there any more is given again, which does no harm.
    """
    log = queries.qbe.settings.qualified.queue_table_log
    await queries.driver.execute(_PRUNE.replace("LOG", log), _PRUNED_MAX, _KEPT)


def settings() -> DBSettings:
    """Returns the names of the queue's tables, in a schema of their own.

    All of them are given, because PgQueuer takes the others from the environment, where any program
    may have a variable `FUNCTION`, `TRIGGER` or `QUEUE_TABLE`; both sides must use the same.
    """
    return DBSettings(
        prefix="",
        db_schema="playground_queue",
        channel=Channel("playground_queue"),
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
        widen_id=True,
    )


def queries_on(driver: SteadyDriver) -> Queries:
    """Returns PgQueuer's statements for our tables."""
    names = settings()
    return Queries(
        driver,
        QueryBuilderEnvironment(names),
        QueryQueueBuilder(names),
        QuerySchedulerBuilder(names),
    )


def silence_library() -> None:
    """Keeps PgQueuer's own log off the terminal; what a person should know is told by us."""
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL + 1)


class PgRunQueue:
    """The port `RunQueue` on PostgreSQL; a thread of its own talks to the database.

    Args:
        address: the database.
        patience_s: for so long a database that is gone is waited for.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """

    def __init__(self, address: Address, *, patience_s: float = _PATIENCE_S) -> None:
        silence_library()
        self._puts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="queue", daemon=True)
        self._thread.start()
        try:
            self._queries = self._ask(self._opened(address, Patience(patience_s)))
        except BaseException:
            self._end()
            raise

    def put(self, order: Order) -> int:
        """Gives an order; of a run with an open order, returns that one's number."""
        return self._ask(self._put(order))

    def withdraw(self, numbers: Collection[int]) -> None:
        """Takes orders back and tells the workers that have them."""
        if numbers:
            self._ask(self._queries.mark_job_as_cancelled([JobId(n) for n in numbers]))

    def look(self, numbers: Collection[int]) -> Mapping[int, Look]:
        """Returns how these orders stand."""
        return self._ask(self._looked(list(numbers))) if numbers else {}

    def close(self) -> None:
        """Ends the connection and the thread; may be called twice."""
        if self._thread.is_alive():
            with suppress(StorageUnavailable):
                self._ask(cast("SteadyDriver", self._queries.driver).close())
            self._end()

    def _ask(self, question: Coroutine[Any, Any, _Result]) -> _Result:
        if not self._thread.is_alive():
            question.close()
            raise StorageUnavailable("The queue is closed; open it again.")
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_S)
        if not self._thread.is_alive():
            self._loop.close()

    async def _opened(self, address: Address, patience: Patience) -> Queries:
        queries = queries_on(SteadyDriver(address, patience=patience))
        await prepare(queries)
        await prune(queries)
        return queries

    async def _put(self, order: Order) -> int:
        (number,) = await self._queries.enqueue(
            entrypoint_of(order.root),
            encoded(order).encode(),
            priority=order.priority,
            dedupe_key=order.run_id,
            on_conflict="update_priority",
        )
        self._puts += 1
        if self._puts % _PRUNE_EVERY == 0:
            await prune(self._queries)
        return int(number)

    async def _looked(self, numbers: list[int]) -> dict[int, Look]:
        states = {int(n): s for n, s in await self._queries.job_status([JobId(n) for n in numbers])}
        found = {n: Look(s in _OPEN, s == "picked") for n, s in states.items()}
        failed = [number for number, state in states.items() if state == "exception"]
        if failed:
            log = self._queries.qbe.settings.qualified.queue_table_log
            rows = await self._queries.driver.fetch(_SAID.replace("LOG", log), failed)
            for row in rows:
                setback = _setback(row["said"])
                found[cast("int", row["job_id"])] = Look(open=False, taken=True, setback=setback)
        return found


def opened(address: Address) -> PgRunQueue:
    """Opens the queue of a database.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    return PgRunQueue(address)


def _setback(said: object) -> Setback:
    """Returns what a worker said when it gave an order back."""
    try:
        given = json.loads(str(said))
        return Setback(Trouble(given["trouble"]), given["reason"], given["tree"])
    except (ValueError, KeyError, TypeError):
        return Setback(Trouble.UNAVAILABLE, _LOST)
