"""A connection to PostgreSQL that comes back by itself."""

from __future__ import annotations

import asyncio
import math
import secrets
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, TypeAlias, TypeVar

import asyncpg
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback
from typing_extensions import override

from playground.domain.errors import StorageUnavailable
from playground.domain.outages import Outage
from playground.queues.addresses import Address
from playground.security.certificates import trust_for

_Result = TypeVar("_Result")
_Payload: TypeAlias = str

_CONNECT_S = 10.0
_COMMAND_S = 30.0
_FIRST_PAUSE_S = 0.2
_PAUSE_MAX_S = 10.0
_CLOSE_S = 2.0
_SLICE_S = 0.5
_CHANCE = secrets.SystemRandom()
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


def _never() -> bool:
    return False


def _say_nothing(_sentence: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Patience:
    """What is done while the database cannot be reached.

    Attributes:
        seconds: for so long it is tried again, infinite for ever; had once for an outage.
        given_up: asked before each new try; True ends the trying.
        tell: told once that the database is gone and once that it is back.
    """

    seconds: float = math.inf
    given_up: Callable[[], bool] = _never
    tell: Callable[[str], None] = _say_nothing


@dataclass(frozen=True)
class _Relay:
    """Hands a notification's payload on; equal for equal callbacks."""

    callback: NotifyCallback

    def __call__(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self.callback(payload)


class SteadyDriver(Driver):
    """PgQueuer's port to a database, over one connection that is made again when it is lost.

    Everything that is asked may be asked twice when the answer was lost; PgQueuer's statements bear
    that: what was taken without an answer is taken over when its heartbeat is late.

    Args:
        address: the database.
        patience: what is done while the database is gone.
    """

    def __init__(self, address: Address, *, patience: Patience) -> None:
        self._address = address
        self._patience = patience
        self._connection: asyncpg.Connection | None = None
        self._listeners: list[tuple[str, NotifyCallback]] = []
        self._is_gone = False
        self._outage = Outage()
        self._turn = asyncio.Lock()
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Returns the rows of a statement."""
        rows = await self._steadily(lambda connection: connection.fetch(query, *args))
        return [dict(row) for row in rows]

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement; returns its tag."""
        return await self._steadily(lambda connection: connection.execute(query, *args))

    @override
    async def notify(self, channel: str, payload: _Payload) -> None:
        """Sends a notification."""
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Hears notifications, also after the connection was made again."""
        await self._steadily(lambda connection: connection.add_listener(channel, _Relay(callback)))
        self._listeners.append((channel, callback))

    @property
    def shutdown(self) -> asyncio.Event:
        """Set when nothing more should be begun."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """Holds no tasks."""
        return TaskManager()

    async def __aenter__(self) -> Self:
        """Returns itself; the connection is made when it is needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keeps the connection for what comes after; `close` ends it."""

    async def close(self) -> None:
        """Ends the connection."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with suppress(*_LOST, asyncpg.InterfaceError):
                await connection.close(timeout=_CLOSE_S)

    async def _steadily(self, ask: Callable[[asyncpg.Connection], Awaitable[_Result]]) -> _Result:
        """Asks until there is an answer.

        Raises:
            StorageUnavailable: the database lets nobody in, or is gone for too long.
        """
        until, pause_s = math.inf, _FIRST_PAUSE_S
        while True:
            try:
                async with self._turn:
                    answer = await self._asked(ask)
            except _Lost as lost:
                now = asyncio.get_running_loop().time()
                patience_s = self._patience.seconds
                until = min(until, self._outage.failed(now=now, patience_s=patience_s))
                self._say(f"The database cannot be reached ({lost}); trying again.", gone=True)
                if now >= until or self._patience.given_up():
                    raise StorageUnavailable(
                        f"The database cannot be reached ({lost}); start it and try again."
                    ) from lost
            else:
                self._say("The database is back.", gone=False)
                self._outage.over()
                return answer
            await self._pause(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)

    def _say(self, sentence: str, *, gone: bool) -> None:
        """Tells of a change once, however many are asking."""
        if gone is not self._is_gone:
            self._is_gone = gone
            self._patience.tell(sentence)

    async def _pause(self, seconds: float) -> None:
        """Waits about so long, so that not all come back at once, or until it is given up."""
        end = asyncio.get_running_loop().time() + seconds * _CHANCE.uniform(0.8, 1.2)
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, _SLICE_S))
            if self._patience.given_up():
                return

    async def _asked(self, ask: Callable[[asyncpg.Connection], Awaitable[_Result]]) -> _Result:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connected()
            return await ask(self._connection)
        except _LOST as error:
            self._drop()
            raise _Lost(_reason(error)) from error
        except asyncpg.InsufficientPrivilegeError as error:
            raise StorageUnavailable(
                f"The tables of the queue cannot be used ({error}); give this database user the "
                "rights that it needs, or let one that has them start a campaign first."
            ) from error
        except asyncpg.InterfaceError as error:
            if self._connection is None or not self._connection.is_closed():
                raise
            self._drop()
            raise _Lost(_reason(error)) from error

    async def _connected(self) -> asyncpg.Connection:
        try:
            connection = await asyncpg.connect(
                host=self._address.host,
                port=self._address.port,
                database=self._address.database,
                user=self._address.user,
                password=self._address.password,
                ssl=trust_for(self._address.sslmode, certificates=self._address.sslrootcert),
                timeout=_CONNECT_S,
                command_timeout=_COMMAND_S,
                server_settings={"application_name": "playground queue"},
            )
        except ssl.SSLError as error:
            raise StorageUnavailable(
                f"The server of the queue cannot prove who it is ({error}); check journal.url."
            ) from error
        except _LOST:
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StorageUnavailable(
                f"The server of the queue refuses the login ({error}); check journal.url."
            ) from error
        for channel, callback in self._listeners:
            await connection.add_listener(channel, _Relay(callback))
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


class _Lost(Exception):
    """The database went away while it was asked."""


def _reason(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
