"""Both sides over the composed product: runs handed to workers, and a worker at work."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from playground.domain.errors import BadInput
from playground.domain.ports import Gate, Journal, Submitting, Workspace
from playground.domain.queues import Order, Setback
from playground.domain.runs import Run
from playground.queues import queue_at, serve
from playground.queues.addresses import Address
from playground.queues.handing import Following, HandingDesk
from playground.queues.places import Place, PlacedGate, PlacedWorkspace
from playground.queues.trees import Trees
from playground.queues.working import Bench, Check, RunWorker, Service

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shift:
    """How a worker works.

    Attributes:
        place: where the repository lies here.
        parallel: runs at once.
        silent_max_s: after so long without a sign of life others take over what this one has.
        tell: told what a person should know, from any thread.
        done: told of each run that came to rest, from any thread.
    """

    place: Place
    parallel: int
    silent_max_s: float
    tell: Tell
    done: Callable[[Run], None]


@dataclass(frozen=True)
class Crew:
    """What both sides need of the product.

    Attributes:
        journal: where the runs are.
        gate: judges candidates.
        workspace: reads trees.
        desk_over: returns a desk without the right to decide that works with a gate and a
            workspace.
        database: returns where the queue is; None when the journal lies in a file.
        likeness: what both sides must have in common.
        trees: reads what verdicts depend on.
        engines: names of the configured engines.
        check: called while runs are waited for; what it raises ends the waiting.
    """

    journal: Journal
    gate: Gate
    workspace: Workspace
    desk_over: Callable[[Gate, Workspace], Submitting]
    database: Callable[[], Address | None]
    likeness: str
    trees: Trees
    engines: Collection[str]
    check: Callable[[], None]

    @contextmanager
    def handing_out(self, desk: Submitting, *, tell: Tell) -> Generator[HandingDesk]:
        """Lends a desk whose runs `playground worker` processes work on.

        Args:
            desk: opens and ends runs.
            tell: told when nobody takes them.

        Raises:
            BadInput: the journal lies in no database.
            Unavailable: the database or the packages for it are missing.
        """
        with closing(queue_at(self._address())) as queue:
            handing = HandingDesk(
                desk,
                journal=self.journal,
                queue=queue,
                trees=self.trees,
                likeness=self.likeness,
            )
            handing.follow(Following(check=self.check, tell=tell))
            yield handing

    def serve(self, shift: Shift) -> None:
        """Works on runs that others hand out, until a signal; in the main thread.

        Raises:
            BadInput: the journal lies in no database.
            Unavailable: the database or the packages for it are missing.
        """
        address = self._address()
        worker = RunWorker(self._bench(shift.place))

        def work(order: Order, check: Check) -> Run | Setback:
            result = worker.work(order, check=check)
            if isinstance(result, Run):
                shift.done(result)
            return result

        root = str(shift.place.root)
        service = Service(root, work, shift.parallel, shift.silent_max_s, shift.tell)
        serve(address, service=service)

    def _bench(self, place: Place) -> Bench:
        gate = PlacedGate(self.gate, place=place)
        workspace = PlacedWorkspace(self.workspace, place=place)
        return Bench(
            name=f"{os.uname().nodename}.{os.getpid()}",
            journal=self.journal,
            desk=self.desk_over(gate, workspace),
            place=place,
            trees=self.trees,
            likeness=self.likeness,
            engines=self.engines,
        )

    def _address(self) -> Address:
        address = self.database()
        if address is None:
            raise BadInput("Workers share a journal in PostgreSQL; set tools.journal.url.")
        return address
