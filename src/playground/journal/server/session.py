"""A session on a PostgreSQL server: one connection, its settings and its transactions.

A session that was interrupted in the middle of an answer is never used again, because what comes
next on its connection would be taken for the answer to something else.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection, PreparedStatement
from scramp import ScramException

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address
from playground.journal.server.trouble import Lost, is_lost
from playground.security.certificates import trust_for

T = TypeVar("T")

_CONNECT_S = 5.0
ANSWER_S = 60.0
_SETTINGS = {
    "search_path": "playground",
    "client_encoding": "UTF8",
    "extra_float_digits": "1",  # numbers come back exactly
    "default_transaction_isolation": "read committed",
    "standard_conforming_strings": "on",
    # A writer that stands still, stopped or cut off, gives way to the others.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "20s",
    # The server notices within half a minute that a machine is gone.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
_LIVELINESS = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}
"""The same on our side, where the system has it; the last one in milliseconds."""


class Session:
    """One connection with the statements that were prepared on it.

    Args:
        address: the database.
        answer_s: how long to wait for one answer.

    Raises:
        Lost: there is no answer now.
        DatabaseError: the server refuses the login.
        StorageUnavailable: the host is unknown, or its certificate cannot be trusted.
    """

    def __init__(self, address: Address, *, answer_s: float = ANSWER_S) -> None:
        self._statements: dict[str, PreparedStatement] = {}
        self._in_transaction = False
        self._is_usable = True
        self._connection = self._told(lambda: _greeted(address, answer_s=answer_s))

    @property
    def is_usable(self) -> bool:
        """Whether the next question would get its own answer, outside of any transaction."""
        return self._is_usable and not self._in_transaction

    def ask(self, query: str, values: tuple[str | float | None, ...] = ()) -> list[Any]:
        """Returns the rows that answer a query with a `?` for each value.

        Raises:
            Lost: the session is over.
            DatabaseError: the server says no.
        """
        statement = self._statements.get(query)
        if statement is None:
            text = "".join(
                part + (f":p{number}" if number < len(values) else "")
                for number, part in enumerate(query.split("?"))
            )
            statement = self._told(lambda: self._connection.prepare(text))
            self._statements[query] = statement
        named = {f"p{number}": value for number, value in enumerate(values)}
        return self._told(lambda: statement.run(**named))

    def tell(self, statements: str) -> list[Any]:
        """Runs statements without values in one go; returns the rows of them all.

        Raises:
            Lost: the session is over.
            DatabaseError: the server says no.
        """
        return self._told(lambda: self._connection.run(statements)) or []

    def begin(self, *, then: str = "", mode: str = "") -> list[Any]:
        """Begins a transaction and runs a statement in it.

        Raises:
            Lost: the session is over.
            DatabaseError: the server says no.
        """
        self._in_transaction = True
        return self.tell(f"BEGIN {mode};{then}")

    def commit(self) -> None:
        """Commits; when the session is lost here, nobody knows yet whether it was done.

        Raises:
            Lost: the session is over.
            DatabaseError: nothing was committed.
        """
        self.tell("COMMIT")
        self._in_transaction = False

    def reset(self) -> None:
        """Undoes whatever was begun and not committed."""
        if self._in_transaction and self._is_usable:
            with contextlib.suppress(Lost, DatabaseError):
                self.tell("ROLLBACK")
                self._in_transaction = False

    def close(self) -> None:
        """Ends the connection; may be called twice."""
        self._is_usable = False
        with contextlib.suppress(InterfaceError, OSError, ValueError):
            self._connection.close()

    def _told(self, ask: Callable[[], T]) -> T:
        self._is_usable = False
        try:
            answer = ask()
        except DatabaseError as error:
            if is_lost(error):
                raise Lost(str(error)) from error
            self._is_usable = True
            raise
        except (InterfaceError, OSError) as error:
            raise Lost(str(error)) from error
        self._is_usable = True
        return answer


def _plugged(address: Address, *, answer_s: float) -> socket.socket:
    """Returns a connected socket that notices when the other side is gone.

    Raises:
        OSError: nobody listens there now, or the way is cut.
    """
    if address.host.startswith("/"):
        plug = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plug.settimeout(_CONNECT_S)
            plug.connect(f"{address.host}/.s.PGSQL.{address.port}")
        except OSError:
            plug.close()
            raise
    else:
        plug = socket.create_connection((address.host, address.port), _CONNECT_S)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _LIVELINESS.items():
            if option := getattr(socket, name, None):
                plug.setsockopt(socket.IPPROTO_TCP, option, value)
    plug.settimeout(answer_s)
    return plug


def _greeted(address: Address, *, answer_s: float) -> Connection:
    """Logs in.

    Raises:
        DatabaseError: the server refuses the login.
        InterfaceError: the connection broke.
        OSError: the same, or nobody listens.
        StorageUnavailable: the server is not the one that it must be.
    """
    plug = _plugged(address, answer_s=answer_s)
    try:
        return Connection(
            address.user,
            host=address.host,
            database=address.database,
            password=address.password,
            sock=plug,
            ssl_context=trust_for(address.sslmode, certificates=address.sslrootcert),
            application_name="playground",
            startup_params=_SETTINGS,
        )
    except (ssl.SSLError, ScramException) as error:
        plug.close()
        raise StorageUnavailable(
            f"The journal {address} has trouble: the server cannot prove who it is ({error}); "
            "check sslmode, sslrootcert and password."
        ) from error
    except InterfaceError as error:
        plug.close()
        if answer := _answer_before(error):
            raise answer from None
        if "refuses SSL" in str(error):
            raise StorageUnavailable(
                f"The journal {address} has trouble: the server does not encrypt; set that up "
                "there, or say sslmode=disable where nobody can listen."
            ) from error
        raise
    except BaseException:
        plug.close()
        raise


def _answer_before(error: BaseException) -> DatabaseError | None:
    """Returns why the server hung up, where the driver only says that it could not say goodbye."""
    before = error.__context__
    while before is not None and not isinstance(before, DatabaseError):
        before = before.__context__
    return before
