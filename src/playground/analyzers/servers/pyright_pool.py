"""pyright kept warm: a candidate is compared with its base on one and the same running server."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playground.analyzers.reporting.pyright_answers import Statement
from playground.analyzers.servers.pool import Pool, PoolLimits, servers_that_fit
from playground.analyzers.servers.pyright_server import PyrightServer, ServerPlan
from playground.domain.errors import AnalyzerUnavailable, PlaygroundError
from playground.domain.ports import Mirror
from playground.domain.verdicts import CheckStatus
from playground.security.process import Room

_SERVER_BYTES = 600 << 20
_STATES_MAX = 8
_PATIENCE_S = 10.0
_PATIENCE_FACTOR = 10.0

_Key = tuple[str, str]
_State = tuple[_Key, Path, str, tuple[tuple[str, str | None], ...]]
_Said = tuple[Statement, ...]


@dataclass
class Answer:
    """What a server said about some files; everything there is to know only if it is OK."""

    status: CheckStatus = CheckStatus.OK
    detail: str = ""
    statements: list[Statement] = field(default_factory=list[Statement])
    seconds: float = 0.0
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class WarmSettings:
    """What the pool is made with.

    Attributes:
        scratch: the servers' working directory.
        timeout_s: seconds that an answer about a base may take; a candidate gets less, depending
            on how long its base took.
        room: what to put around each server.
        config_of: returns the configuration for a mirror, with paths relative to a folder that
            lies beside its tree.
        plants_type_error: whether a configuration reports a wrong type of a variable.
        limits: how many servers, and for how long; None for what fits this machine.
    """

    scratch: Path
    timeout_s: float
    room: Room
    config_of: Callable[[Mirror], str]
    plants_type_error: Callable[[Mirror], bool]
    limits: PoolLimits | None = None


@dataclass
class _Kept:
    """A server and what it said about its base."""

    server: PyrightServer
    state: _State | None = None
    said: dict[str, _Said] = field(default_factory=dict[str, _Said])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def alive(self) -> bool:
        return self.server.alive

    @property
    def resident_bytes(self) -> int:
        return self.server.resident_bytes

    def open(self) -> None:
        self.server.open()

    def prove(self) -> None:
        self.server.prove()

    def kill(self) -> None:
        self.server.kill()


class PyrightPool:
    """Servers for repositories and configurations; safe to share between threads."""

    def __init__(self, settings: WarmSettings) -> None:
        self._settings = settings
        fitting = PoolLimits(servers_max=servers_that_fit(server_bytes=_SERVER_BYTES))
        self._mirrors: dict[_Key, Mirror] = {}
        self._recorded: OrderedDict[_State, dict[str, _Said]] = OrderedDict()
        self._pool = Pool[_Key, _Kept](self._start, limits=settings.limits or fitting)

    def prepare(self, mirror: Mirror) -> None:
        """Starts a server for the mirror's repository in the background."""
        self._pool.prepare(self._key(mirror))

    def is_ready(self, mirror: Mirror) -> bool:
        """Whether a server for the mirror's repository has started."""
        return self._pool.is_ready(self._key(mirror))

    def compare(
        self, base: Mirror, after: Mirror, *, before: Sequence[str], paths: Sequence[str]
    ) -> tuple[Answer, Answer]:
        """Returns what one server says about files of the base and of the changed tree.

        Args:
            base: the unchanged tree.
            after: the same files on disk with the candidate on top.
            before: files of the base.
            paths: files of the changed tree.

        Returns:
            Two answers; `UNAVAILABLE` says that no server could be started.
        """
        answers = (Answer(), Answer())
        key, wait_s = self._key(base), self._settings.timeout_s
        with self._caught(answers) as entered, self._pool.lease(key, timeout_s=wait_s) as kept:
            entered.append(True)
            self._ask_base(kept, base, before, into=answers[0])
            self._ask_after(kept, after, paths, into=answers[1])
        return answers

    def close(self) -> None:
        """Ends all servers; may be called twice."""
        self._pool.close()

    @contextmanager
    def _caught(self, answers: tuple[Answer, Answer]) -> Generator[list[bool]]:
        """Turns what goes wrong into the status of both answers; a whole base stays whole."""
        entered: list[bool] = []
        try:
            yield entered
        except TimeoutError:
            _fail(answers, CheckStatus.TIMEOUT, "pyright took too long; make a smaller change.")
        except ValueError as error:
            _fail(answers, CheckStatus.BAD_OUTPUT, f"pyright is not believed: {error}.")
        except (PlaygroundError, OSError) as error:
            if entered and isinstance(error, AnalyzerUnavailable):
                _fail(answers, CheckStatus.CRASHED, "pyright crashed; try another change.")
            else:
                _fail(answers, CheckStatus.UNAVAILABLE, str(error))

    def _key(self, mirror: Mirror) -> _Key:
        key = (mirror.repository or str(mirror.root), self._settings.config_of(mirror))
        self._mirrors[key] = mirror
        return key

    def _start(self, key: _Key) -> _Kept:
        mirror = self._mirrors[key]
        settings = self._settings
        settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        plan = ServerPlan(
            home=mirror.root.parent.parent / f"server-{secrets.token_hex(4)}",
            mirror=mirror,
            config=key[1],
            scratch=settings.scratch,
            room=settings.room,
            plants_type_error=settings.plants_type_error(mirror),
        )
        return _Kept(PyrightServer(plan))

    def _ask_base(self, kept: _Kept, base: Mirror, paths: Sequence[str], *, into: Answer) -> None:
        began = time.monotonic()
        overlay = tuple(sorted(base.overlay.items()))
        state = (self._key(base), base.root, base.state, overlay)
        if kept.state != state or not base.state:
            kept.state, kept.said, kept.seconds = state, {}, {}
        deadline = began + self._settings.timeout_s
        for path in paths:
            if path not in kept.said:
                start = time.monotonic()
                left = max(0.0, deadline - start)
                kept.said[path] = tuple(kept.server.ask(base, paths=[path], timeout_s=left))
                kept.seconds[path] = time.monotonic() - start
        self._record(state, kept.said)
        into.statements = [item for path in paths for item in kept.said[path]]
        into.seconds = time.monotonic() - began
        into.receipt = kept.server.receipt

    def _ask_after(self, kept: _Kept, after: Mirror, paths: Sequence[str], *, into: Answer) -> None:
        began = time.monotonic()
        usual = sum(kept.seconds.get(path, 0.0) for path in paths)
        patience = min(self._settings.timeout_s, _PATIENCE_S + _PATIENCE_FACTOR * usual)
        into.statements = kept.server.ask(after, paths=paths, timeout_s=patience)
        into.seconds = time.monotonic() - began
        into.receipt = kept.server.receipt

    def _record(self, state: _State, said: dict[str, _Said]) -> None:
        """Holds what a server says about a base against what another one said before.

        Raises:
            ValueError: they do not agree, so neither is to be believed.
        """
        known = self._recorded.setdefault(state, {})
        self._recorded.move_to_end(state)
        if any(known.get(path, found) != found for path, found in said.items()):
            del self._recorded[state]
            raise ValueError("two servers say different things about the same file")
        known.update(said)
        while len(self._recorded) > _STATES_MAX:
            self._recorded.popitem(last=False)


def _fail(answers: tuple[Answer, Answer], status: CheckStatus, detail: str) -> None:
    base, after = answers
    after.status, after.detail = status, detail
    if not base.seconds:
        base.status, base.detail = status, detail
