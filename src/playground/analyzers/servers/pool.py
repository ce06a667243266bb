"""Servers kept ready: few at a time, one user each, replaced before and after they go wrong.

A server belongs to one key, which names its repository and configuration, and never serves another
one. Where the bounds allow it a second one of the same key stands by. Whatever goes wrong while a
server is used ends that server.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from playground.domain.errors import AnalyzerUnavailable, PlaygroundError
from playground.security.logs import get_logger

_MEMINFO = Path("/proc/meminfo")
_ENDING_S = 10.0


class Server(Protocol):
    """A running program that the pool keeps."""

    def open(self) -> None:
        """Waits until it can be asked and proves it; raises what a use of it raises.

        `kill`, called by another thread meanwhile, ends the wait with an error.
        """
        ...

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    @property
    def resident_bytes(self) -> int:
        """Memory that it occupies now, 0 where that is not known."""
        ...

    def prove(self) -> None:
        """Asks about a planted error; raises what the use of a server raises if it is not found."""
        ...

    def kill(self) -> None:
        """Ends it; may be called twice."""
        ...


K = TypeVar("K", bound=Hashable)
S = TypeVar("S", bound=Server)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many servers there are, and for how long.

    Attributes:
        servers_max: servers at a time, those of all keys together.
        waiters_max: callers that wait for one at a time; the next one is turned away.
        uses_max: uses after which a server is replaced.
        age_s_max: seconds after which it is replaced.
        resident_bytes_max: memory above which it is replaced.
        uses_per_proof: a server has to find a planted error before each so many uses.
        uses_before_standby: uses of a server after which another one is started beside it.
    """

    servers_max: int = 2
    waiters_max: int = 32
    uses_max: int = 500
    age_s_max: float = 1800.0
    resident_bytes_max: int = 1 << 30
    uses_per_proof: int = 20
    uses_before_standby: int = 5


def servers_that_fit(*, server_bytes: int) -> int:
    """Returns how many servers of this size the machine bears now: one, or two for a standby.

    A machine of less than two processors or with little free memory gets one.
    """
    try:
        fields = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
        free_bytes = int(fields["MemAvailable"].split()[0]) << 10
    except (OSError, ValueError, KeyError, IndexError):
        free_bytes = 0
    return 2 if free_bytes >= 4 * server_bytes and (os.cpu_count() or 1) >= 2 else 1


@dataclass(eq=False)
class _Place(Generic[K, S]):
    """Room for one server; `server` is None until its process runs, `ready` says it answers."""

    key: K
    server: S | None = None
    ready: bool = False
    busy: bool = True
    uses: int = 0
    used: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        if self.server is not None:
            self.server.kill()


class Pool(Generic[K, S]):
    """Servers by key; safe to share between threads.

    Args:
        start: starts a server for a key without waiting for it; raises as a use of it does.
        limits: how many, and for how long.
    """

    def __init__(self, start: Callable[[K], S], *, limits: PoolLimits) -> None:
        self._start = start
        self._limits = limits
        self._changed = threading.Condition()
        self._places: list[_Place[K, S]] = []
        self._waiters = 0
        self._starting: set[threading.Thread] = set()
        self._closed = False
        # Also when nobody closes us, nothing is left running behind.
        self._finalizer = weakref.finalize(self, _end_all, self._places)

    @contextlib.contextmanager
    def lease(self, key: K, *, timeout_s: float) -> Generator[S]:
        """Yields a server for this caller alone; an exception inside ends the server.

        Raises:
            TimeoutError: none was free in time, or too many wait already.
            AnalyzerUnavailable: it cannot be started, or the pool is closed.
            ValueError: the server does not find what was planted.
        """
        place = self._take(key, time.monotonic() + timeout_s)
        try:
            server = place.server
            if server is None:
                server = self._begun(place)
            elif place.uses % self._limits.uses_per_proof == 0:
                server.prove()
            yield server
        except BaseException:
            self._drop(place)
            raise
        place.uses, place.used = place.uses + 1, time.monotonic()
        if self._is_worn(place, server):
            self._drop(place)
            self.prepare(key)
        else:
            self._give_back(place)
            if place.uses == self._limits.uses_before_standby:
                self._stand_by(key)

    def prepare(self, key: K) -> None:
        """Starts a server in the background, unless there is one or no room for it."""
        with self._changed:
            if self._closed or any(place.key == key for place in self._places):
                return
            place = self._placed(key)
        if place is not None:
            self._start_behind(place)

    def _stand_by(self, key: K) -> None:
        """Starts a second server, if there is room that nobody else has."""
        with self._changed:
            alone = sum(place.key == key for place in self._places) < 2
            room = len(self._places) < self._limits.servers_max
            place = self._placed(key) if alone and room and not self._closed else None
        if place is not None:
            self._start_behind(place)

    def is_ready(self, key: K) -> bool:
        """Whether there is a server of this key that has started, be it in use or not."""
        with self._changed:
            return any(place.key == key and place.ready for place in self._places)

    def close(self) -> None:
        """Ends all servers; may be called twice. A lease that is held ends with an error.

        Waits for starts in the background, which end at once: what they had made would stay
        behind if our process ended before them.
        """
        with self._changed:
            self._closed = True
            starting = tuple(self._starting)
            self._changed.notify_all()
        self._finalizer()
        deadline = time.monotonic() + _ENDING_S
        for thread in starting:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _take(self, key: K, deadline: float) -> _Place[K, S]:
        with self._changed:
            if self._waiters >= self._limits.waiters_max:
                raise TimeoutError("too many wait for it already")
            self._waiters += 1
            try:
                while True:
                    place = self._find(key)
                    if place is not None:
                        return place
                    left = deadline - time.monotonic()
                    if left <= 0 or not self._changed.wait(left):
                        raise TimeoutError("all servers are in use")
            finally:
                self._waiters -= 1

    def _find(self, key: K) -> _Place[K, S] | None:
        """Returns a server of this key that is free, or room to start one."""
        if self._closed:
            raise AnalyzerUnavailable("The analyzers are closed; start Playground again.")
        free = [p for p in self._places if not p.busy and p.key == key]
        # The one that was used last knows most: a standby has yet to be shown a first file.
        for place in sorted(free, key=lambda p: p.used, reverse=True):
            if place.server is not None and place.server.alive:
                place.busy = True
                return place
            self._places.remove(place)
            place.end()
        if any(p.key == key and not p.ready for p in self._places):
            return None  # one is being started; a second start would only slow it down
        return self._placed(key)

    def _placed(self, key: K) -> _Place[K, S] | None:
        """Returns a new place, for which an idle server of another key may have to go."""
        if len(self._places) >= self._limits.servers_max:
            idle = [p for p in self._places if not p.busy and p.key != key]
            if not idle:
                return None
            self._places.remove(idle[0])
            idle[0].end()
        place = _Place[K, S](key)
        self._places.append(place)
        return place

    def _begun(self, place: _Place[K, S]) -> S:
        """Starts the place's server and waits until it is ready."""
        server = self._start(place.key)
        with self._changed:
            place.server = server  # from now on whoever closes the pool ends it
            closed = self._closed
        if closed:
            raise AnalyzerUnavailable("The analyzers are closed; start Playground again.")
        server.open()
        place.ready = True
        return server

    def _start_behind(self, place: _Place[K, S]) -> None:
        def start() -> None:
            try:
                self._begun(place)
            except (PlaygroundError, OSError, ValueError) as error:
                get_logger("servers").warning("not started", reason=str(error))
                self._drop(place)
            else:
                self._give_back(place)
            finally:
                with self._changed:
                    self._starting.discard(thread)

        thread = threading.Thread(target=start, name="server-start", daemon=True)
        with self._changed:
            if not self._closed:
                self._starting.add(thread)
                thread.start()

    def _give_back(self, place: _Place[K, S]) -> None:
        with self._changed:
            if self._closed:
                place.end()
            place.busy = False
            # The newest use is at the end, so that the others make room first.
            if place in self._places:
                self._places.remove(place)
                self._places.append(place)
            self._changed.notify_all()

    def _drop(self, place: _Place[K, S]) -> None:
        place.end()
        with self._changed:
            if place in self._places:
                self._places.remove(place)
            self._changed.notify_all()

    def _is_worn(self, place: _Place[K, S], server: S) -> bool:
        limits = self._limits
        return (
            place.uses >= limits.uses_max
            or time.monotonic() - place.began > limits.age_s_max
            or server.resident_bytes > limits.resident_bytes_max
        )


def _end_all(places: list[_Place[K, S]]) -> None:
    while places:
        places.pop().end()
