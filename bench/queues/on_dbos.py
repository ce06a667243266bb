"""DBOS: it recovers the jobs of a worker that comes back under the same name."""

from __future__ import annotations

import asyncio
import os

from dbos import DBOS, DBOSClient
from job import IN_FLIGHT, begin, work


def configure(dsn: str, *, name: str) -> None:
    url = "postgresql+psycopg://" + dsn.removeprefix("postgresql://")
    DBOS(
        config={
            "name": "trial",
            "system_database_url": url,
            "application_version": "1",
            "executor_id": name,
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": 0.1,
        }
    )

    @DBOS.workflow(name="work", max_recovery_attempts=1000)
    async def run(payload: str) -> None:
        await work(payload)


async def worker(dsn: str) -> None:
    configure(dsn, name=f"worker-{os.getpid()}")
    DBOS.launch()
    await DBOS.register_queue_async("jobs", worker_concurrency=IN_FLIGHT, polling_interval_sec=0.1)
    await asyncio.Event().wait()


async def submit(dsn: str, payloads: list[str]) -> None:
    url = "postgresql+psycopg://" + dsn.removeprefix("postgresql://")
    if not payloads:
        configure(dsn, name="installer")
        DBOS.launch()
        DBOS.destroy()
        return
    client = DBOSClient(system_database_url=url)
    for payload in payloads:
        options = {"queue_name": "jobs", "workflow_name": "work", "app_version": "1"}
        client.enqueue(options, payload)
    client.destroy()


if __name__ == "__main__":
    begin(worker, submit)
