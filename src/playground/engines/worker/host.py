"""Keeps one worker running: starts it when it is needed and again after it died, within bounds."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.domain.errors import EngineUnavailable, Unavailable
from playground.engines.worker.client import WorkerClient
from playground.engines.worker.launch import RunningWorker, WorkerPlan
from playground.engines.worker.prefixes import Prefixes
from playground.engines.worker.slots import Slots

_DEATHS_MAX = 3  # the first start and two more
_QUIET_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A running worker with what belongs to its lifetime."""

    worker: RunningWorker
    client: WorkerClient
    slots: Slots
    prefixes: Prefixes | None

    def close(self) -> None:
        """Ends the worker."""
        self.client.close()
        self.worker.stop()


class WorkerHost:
    """At most one worker at a time; safe to share between threads.

    Args:
        plan: says what to serve; asked anew at every start.
    """

    def __init__(self, plan: Callable[[], WorkerPlan]) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._doubted: Session | None = None
        self._deaths = 0
        self._last_death = 0.0
        self._closed = False

    @property
    def current(self) -> Session | None:
        """The running worker, None before the first call and after the last."""
        session = self._session
        return session if session is not None and session.worker.alive else None

    def session(self) -> Session:
        """Returns the running worker, started if need be.

        Raises:
            EngineUnavailable: it cannot be started, or it died too often in a row.
            ModelMissing: there is no model to serve.
        """
        with self._lock:
            self.check_open()
            session = self._session
            if session is not None:
                if session.worker.alive and self._answers(session):
                    return session
                self._bury(session)
            self._refuse_endless_restarts()
            self._session = self._started(self._plan())
            return self._session

    def check_open(self) -> None:
        """Makes sure that the engine was not closed.

        Raises:
            EngineUnavailable: it was.
        """
        if self._closed:
            raise EngineUnavailable("The engine is closed; start Playground again.")

    def succeeded(self) -> None:
        """Says that a call was answered, so that earlier deaths no longer count."""
        self._deaths = 0

    def doubt(self, session: Session) -> None:
        """Says that the worker kept a call waiting: before the next one it must show that it runs.

        A process that was stopped or hangs is alive, and every call would wait for it in vain.
        """
        self._doubted = session

    def trouble(self, session: Session) -> EngineUnavailable:
        """Returns why a call of this session broke; a dead worker is cleared away."""
        self.doubt(session)
        error = session.worker.trouble()
        with self._lock:
            if self._closed:
                return EngineUnavailable("The engine was closed while it answered.")
            if self._session is session and not session.worker.alive:
                self._bury(session)
        return error

    def close(self) -> None:
        """Ends the worker, also one that still loads its model; may be called twice."""
        self._closed = True
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _started(self, plan: WorkerPlan) -> Session:
        try:
            worker = RunningWorker(plan, wanted=lambda: not self._closed)
        except EngineUnavailable:
            self._note_death()
            raise
        except Unavailable as error:
            raise EngineUnavailable(str(error)) from error
        client = WorkerClient(worker.socket, api_key=worker.api_key)

        def discard(file: str) -> None:
            (worker.folder / file).unlink(missing_ok=True)

        return Session(
            worker, client, Slots(plan.slots, discard=discard), _prefixes(plan, worker.version)
        )

    def _answers(self, session: Session) -> bool:
        if self._doubted is not session:
            return True
        self._doubted = None
        return session.client.healthy()

    def _bury(self, session: Session) -> None:
        session.close()
        self._session = None
        self._note_death()

    def _note_death(self) -> None:
        self._deaths += 1
        self._last_death = time.monotonic()

    def _refuse_endless_restarts(self) -> None:
        if self._deaths < _DEATHS_MAX:
            return
        if time.monotonic() - self._last_death > _QUIET_S:
            self._deaths = 0
            return
        raise EngineUnavailable(
            f"The model's process ended {self._deaths} times in a row; "
            f"run `playground doctor` and try again in {_QUIET_S:.0f} s."
        )


def _prefixes(plan: WorkerPlan, build: str) -> Prefixes | None:
    if plan.prefixes is None:
        return None
    # Each of these changes how the numbers are laid out or in which groups they are computed.
    layout = f"{platform.machine()} {plan.context_tokens} {plan.slots} {plan.tuning}"
    return Prefixes(plan.prefixes, build=build, layout=layout)
