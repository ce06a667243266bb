"""The side that works: what a worker does with an order, whatever queue it came from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from playground.domain.errors import (
    BadConfiguration,
    BadInput,
    Busy,
    PlaygroundError,
    StorageUnavailable,
    Tampered,
    Unavailable,
    Unreadable,
)
from playground.domain.events import Event
from playground.domain.ports import Journal, Submitting
from playground.domain.queues import Order, Setback, Trouble
from playground.domain.runs import Run
from playground.queues.handing import at_rest
from playground.queues.places import Place
from playground.queues.trees import Trees

Check = Callable[[], None]
"""Called between two steps; may raise `Halted`."""


class Halted(Exception):
    """The worker ends, or the order was taken back, between two steps."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with.

    Attributes:
        name: of the worker, as persons see it.
        journal: where the runs are.
        desk: works on them and may not decide.
        place: where the repository lies.
        trees: says what its sources are like.
        likeness: see `Order`.
        engines: names of the engines that are configured here.
    """

    name: str
    journal: Journal
    desk: Submitting
    place: Place
    trees: Trees
    likeness: str
    engines: Collection[str]


@dataclass(frozen=True, slots=True)
class Service:
    """What a worker does.

    Attributes:
        root: the repository whose runs it takes, by its path where they were opened.
        work: brings a run to rest, in a thread; see `RunWorker.work`.
        parallel: runs at once.
        silent_max_s: a worker that was not heard of for so long is taken for dead by the others.
        tell: told what a person should know, from any thread.
    """

    root: str
    work: Callable[[Order, Check], Run | Setback]
    parallel: int
    silent_max_s: float
    tell: Callable[[str], None]


class RunWorker:
    """Works on the runs that it is given, one for each thread that asks."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def work(self, order: Order, *, check: Check) -> Run | Setback:
        """Brings a run to rest; doing it twice, or beside another worker, is harmless.

        Args:
            order: what to work on.
            check: called after each step; may raise `Halted`.

        Returns:
            The run at rest, or what kept it from coming to rest.

        Raises:
            Halted: by `check`.
            StorageUnavailable: the journal cannot be used; nothing is known of the run.
        """

        def heard(_run: Run, _event: Event) -> None:
            check()

        try:
            run = self._bench.journal.load(order.run_id)
            if at_rest(run):
                return run
            different = self._difference(order, run)
            if different is not None:
                return different
            return self._bench.desk.advance(run.id, listener=heard)
        except Unreadable as error:
            return self._elsewhere(str(error))
        except StorageUnavailable:
            raise
        except PlaygroundError as error:
            return self._setback(error)

    def _setback(self, error: PlaygroundError) -> Setback:
        match error:
            case Tampered():
                return Setback(Trouble.TAMPERED, str(error))
            case Unavailable() | Busy() | BadConfiguration():
                return Setback(Trouble.UNAVAILABLE, self._said(str(error)))
            case _:
                return Setback(Trouble.ERROR, str(error))

    def _difference(self, order: Order, run: Run) -> Setback | None:
        """Returns why what would be proved here is not what was asked for, None when it is."""
        here = self._bench
        if order.likeness != here.likeness:
            return self._elsewhere(
                f"Playground {here.likeness} with its settings is not {order.likeness} as where "
                "the campaign was started; use the same version, analyzers and rules."
            )
        unknown = [name for name in run.policy.engines if name and name not in here.engines]
        if unknown:
            return self._elsewhere(f"no engine {unknown[0]!r} is configured there.")
        try:
            tree = here.trees.digest(here.place.of(Path(run.task.root)))
        except BadInput as error:
            return self._elsewhere(str(error))
        if tree != order.tree:
            return self._elsewhere(self._which(run), tree=order.tree)
        return None

    def _which(self, run: Run) -> str:
        """Says in which file the copy differs, as far as that is known."""
        place = self._bench.place
        files = self._bench.trees.files(place.here)
        for ref in run.task.files:
            mine = files.get(ref.path)
            if (mine.sha256 if mine else None) != ref.sha256:
                return f"{place.here / ref.path} is not the file that run {run.id} was opened for."
        return f"the sources below {place.here} differ from those of {place.root}."

    def _elsewhere(self, reason: str, *, tree: str = "") -> Setback:
        return Setback(Trouble.ELSEWHERE, self._said(reason), tree)

    def _said(self, reason: str) -> str:
        return f"Worker {self._bench.name}: {reason}"
