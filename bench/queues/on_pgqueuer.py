"""PgQueuer: it takes over jobs whose heartbeat is older than `heartbeat_timeout`."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from job import DEAD_AFTER_S, IN_FLIGHT, begin, work
from pgqueuer import PgQueuer
from pgqueuer.db import PsycopgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries


async def worker(dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        queue = PgQueuer.from_psycopg_connection(connection)

        @queue.entrypoint("work")
        async def run(job: Job) -> None:
            await work((job.payload or b"").decode())

        await queue.run(
            dequeue_timeout=timedelta(seconds=1),
            batch_size=IN_FLIGHT // 2,
            max_concurrent_tasks=IN_FLIGHT,
            heartbeat_timeout=timedelta(seconds=DEAD_AFTER_S),
        )


async def submit(dsn: str, payloads: list[str]) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        queries = Queries(PsycopgDriver(connection))
        if not payloads:
            await queries.install()
            return
        for start in range(0, len(payloads), 500):
            some = payloads[start : start + 500]
            await queries.enqueue(["work"] * len(some), [p.encode() for p in some], [0] * len(some))


if __name__ == "__main__":
    begin(worker, submit)
