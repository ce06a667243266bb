"""One job, the same for every queue: it notes that it begins, sleeps, and notes that it ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine

DEAD_AFTER_S = 5.0
"""How long a worker may be silent."""
IN_FLIGHT = 8
"""Jobs at once in one worker."""


def note(log: str, what: str, job: str) -> None:
    """Adds a line that no other process can tear."""
    line = json.dumps([what, job, os.getpid(), time.time()]) + "\n"
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


async def work(payload: str) -> None:
    """Does one job."""
    job = json.loads(payload)
    note(job["log"], "begin", job["id"])
    await asyncio.sleep(job["sleep_s"])
    note(job["log"], "end", job["id"])


def begin(
    worker: Callable[[str], Coroutine[None, None, None]],
    submit: Callable[[str, list[str]], Coroutine[None, None, None]],
) -> None:
    """Does what the command line asks for: `worker DSN`, or `submit DSN` with jobs as lines.

    With no lines, `submit` makes the queue's tables.
    """
    what, dsn = sys.argv[1:]
    asyncio.run(worker(dsn) if what == "worker" else submit(dsn, sys.stdin.read().splitlines()))
