"""A worker's loop on PostgreSQL: PgQueuer hands out, threads work, the heartbeat goes on."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Context, Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import Channel
from typing_extensions import override

from playground.domain.errors import StorageUnavailable
from playground.domain.queues import Order, Setback, Trouble
from playground.queues.addresses import Address
from playground.queues.connections import Patience, SteadyDriver
from playground.queues.postgres import (
    encoded,
    entrypoint_of,
    order_of,
    prepare,
    settings,
    silence_library,
)
from playground.queues.working import Halted, Service
from playground.security.logs import get_logger

_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DEQUEUE_S = 5.0
_REST_FIRST_S = 1.0
_REST_MAX_S = 60.0
_RESTING_S = 0.5
_AGAIN_S = 2.0
ENDING = "Ending after the steps that are under way; a second signal ends at once."


def _nothing() -> None:
    return


class GivenBack(Exception):
    """A worker could not bring a run to rest; the message is the encoded setback."""


@dataclass
class _Portioned(Queries):
    """Takes no more jobs than there are threads, and none while the worker rests.

    PgQueuer itself wants room for two batches.
    """

    parallel: int = 1
    resting: Callable[[], bool] = field(default=lambda: False)

    @override
    async def dequeue(self, *args: Any, **given: Any) -> list[Job]:
        """Takes jobs that are queued, or whose workers were not heard of for too long."""
        if self.resting():
            await asyncio.sleep(_RESTING_S)
            return []
        given["global_concurrency_limit"] = self.parallel  # of this worker, in PgQueuer's words
        return await super().dequeue(*args, **given)


class _Rest:
    """After a setback that is this worker's own fault it rests, longer each time."""

    def __init__(self) -> None:
        self._pause_s = _REST_FIRST_S
        self._until = 0.0
        self._lock = threading.Lock()

    def begin(self, now: float) -> float:
        """Begins a rest; returns its seconds."""
        with self._lock:
            if now < self._until:
                return self._until - now
            pause_s, self._pause_s = self._pause_s, min(2 * self._pause_s, _REST_MAX_S)
            self._until = now + pause_s
            return pause_s

    def lasts(self, now: float) -> bool:
        """Whether it is too early to take a run."""
        return now < self._until

    def over(self) -> None:
        """Forgets earlier setbacks."""
        with self._lock:
            self._pause_s = _REST_FIRST_S


class Server:
    """Takes runs from the queue until it is told to end; used once.

    In the main thread the signals that end a process end it in order.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stopping = threading.Event()
        self._end: Callable[[], object] = _nothing
        self._rest = _Rest()
        self._threads = ThreadPoolExecutor(service.parallel, thread_name_prefix="run")

    def run(self, address: Address) -> None:
        """Serves until a signal; a second one ends the process at once.

        Raises:
            StorageUnavailable: the database lets nobody in.
        """
        silence_library()
        try:
            asyncio.run(self._served(address))
        finally:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def end(self) -> None:
        """Takes no more runs and gives back those at hand after the steps that they are in."""
        self._stopping.set()
        self._end()

    async def _served(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        patience = Patience(given_up=self._stopping.is_set, tell=self._service.tell)
        driver = SteadyDriver(address, patience=patience)
        names = settings()
        queries = _Portioned(
            driver,
            QueryBuilderEnvironment(names),
            QueryQueueBuilder(names),
            QuerySchedulerBuilder(names),
            parallel=self._service.parallel,
            resting=lambda: self._rest.lasts(loop.time()),
        )
        manager = QueueManager(queries, Channel(names.channel))
        manager.entrypoint(entrypoint_of(self._service.root), accepts_context=True)(self._handle)
        self._end = lambda: loop.call_soon_threadsafe(manager.shutdown.set)
        if threading.current_thread() is threading.main_thread():
            for number in _ENDINGS:
                loop.add_signal_handler(number, self._told_to_end)
        try:
            await prepare(queries)
            self._service.tell(
                f"Taking runs of {self._service.root}, {self._service.parallel} at a time."
            )
            await self._turns(manager)
        except StorageUnavailable:
            if not self._stopping.is_set():
                raise
        finally:
            await driver.close()

    async def _turns(self, manager: QueueManager) -> None:
        batch = max(1, self._service.parallel // 2)
        await manager.run(
            dequeue_timeout=timedelta(seconds=_DEQUEUE_S),
            batch_size=batch,
            max_concurrent_tasks=max(2 * batch, self._service.parallel),
            heartbeat_timeout=timedelta(seconds=self._service.silent_max_s),
        )

    def _told_to_end(self) -> None:
        for ending in _ENDINGS:
            asyncio.get_running_loop().remove_signal_handler(ending)
            signal.signal(ending, signal.SIG_DFL)
        self._service.tell(ENDING)
        self.end()

    async def _handle(self, job: Job, context: Context) -> None:
        """Works on one job in a thread.

        Raises:
            RetryRequested: another worker should have it.
            GivenBack: the run did not come to rest here; whoever handed it out decides.
        """
        order = order_of(job.payload)

        def check() -> None:
            if context.cancellation.cancel_called or self._stopping.is_set():
                raise Halted

        loop = asyncio.get_running_loop()
        try:
            check()
            result = await loop.run_in_executor(self._threads, self._service.work, order, check)
        except Halted:
            if context.cancellation.cancel_called:
                return
            raise RetryRequested(reason="The worker ends.") from None
        except StorageUnavailable as error:
            again = timedelta(seconds=_AGAIN_S)
            raise RetryRequested(again, self._resting(str(error))) from error
        except Exception as error:
            get_logger("worker").exception("failed", run=order.run_id)
            raise GivenBack(encoded(self._failed(order, error))) from error
        if isinstance(result, Setback):
            self._note(result, order)
            raise GivenBack(encoded(result))
        self._rest.over()

    def _note(self, setback: Setback, order: Order) -> None:
        if setback.trouble in {Trouble.ELSEWHERE, Trouble.UNAVAILABLE}:
            self._resting(setback.reason)
        else:
            self._service.tell(f"Run {order.run_id} is given back: {setback.reason}")

    def _resting(self, reason: str) -> str:
        pause_s = self._rest.begin(asyncio.get_running_loop().time())
        self._service.tell(f"{reason} Taking no run for {pause_s:.0f} s.")
        return reason

    def _failed(self, order: Order, error: Exception) -> Setback:
        reason = f"Run {order.run_id} met something unexpected ({type(error).__name__})."
        return Setback(Trouble.UNAVAILABLE, self._resting(reason))


def serve(address: Address, *, service: Service) -> None:
    """Takes runs from the queue of a database until a signal.

    Raises:
        StorageUnavailable: the database lets nobody in.
    """
    with suppress(asyncio.CancelledError):
        Server(service).run(address)
