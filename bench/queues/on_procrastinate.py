"""Procrastinate: the periodic task of its documentation retries the jobs of silent workers."""

from __future__ import annotations

import procrastinate
from job import DEAD_AFTER_S, IN_FLIGHT, begin, work


def application(dsn: str) -> procrastinate.App:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn))

    @app.task(name="work", pass_context=False)
    async def run(payload: str) -> None:
        await work(payload)

    @app.periodic(cron="* * * * * */2")
    @app.task(queueing_lock="retry_stalled_jobs", name="retry")
    async def retry(timestamp: int) -> None:
        del timestamp
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S)
        for job in stalled:
            await app.job_manager.retry_job(job)

    return app


async def worker(dsn: str) -> None:
    app = application(dsn)
    async with app.open_async():
        await app.run_worker_async(
            concurrency=IN_FLIGHT,
            update_heartbeat_interval=DEAD_AFTER_S / 2,
            stalled_worker_timeout=DEAD_AFTER_S,
            fetch_job_polling_interval=1.0,
        )


async def submit(dsn: str, payloads: list[str]) -> None:
    app = application(dsn)
    async with app.open_async():
        if not payloads:
            await app.schema_manager.apply_schema_async()
            return
        task = app.tasks["work"]
        for start in range(0, len(payloads), 500):
            await task.batch_defer_async(*[{"payload": p} for p in payloads[start : start + 500]])


if __name__ == "__main__":
    begin(worker, submit)
