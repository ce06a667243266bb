"""Orders and a worker's loop in a thread, with a function in the place of the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self, cast

from postgres_server import Server as Database
from waiting import until

from playground.domain.errors import PlaygroundError
from playground.domain.queues import Order, Setback
from playground.domain.runs import Run
from playground.queues.serving import Server
from playground.queues.working import Check, Service

ROOT = "/repo"
SILENT_MAX_S = 60.0
WITHIN_S = 60.0


def order(run_id: str, *, root: str = ROOT, priority: int = 0) -> Order:
    return Order(run_id, root, "tree", "1", priority)


@dataclass
class Hand:
    """A worker's loop in a thread.

    Attributes:
        begun: ids of runs, in the order in which they were begun.
        ended: ids of runs, in the order in which they came to rest.
        said: what was told.
    """

    database: Database
    parallel: int = 1
    work: Callable[[Order, Check], Setback | None] = lambda _order, _check: None
    root: str = ROOT
    silent_max_s: float = SILENT_MAX_S
    user: str = "play"
    begun: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    errors: list[PlaygroundError] = field(default_factory=list[PlaygroundError])

    def __post_init__(self) -> None:
        service = Service(self.root, self._work, self.parallel, self.silent_max_s, self.said.append)
        self._server = Server(service)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: bool(self.said) or bool(self.errors))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.end()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._server.run(replace(self.database.address(), user=self.user))
        except PlaygroundError as error:
            self.errors.append(error)

    def _work(self, order: Order, check: Check) -> Run | Setback:
        self.begun.append(order.run_id)
        result = self.work(order, check)
        if result is None:
            self.ended.append(order.run_id)
        return cast("Run", result)
