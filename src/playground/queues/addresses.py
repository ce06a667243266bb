"""Addresses of databases, as the queue needs them."""

from __future__ import annotations

from typing import Protocol


class Address(Protocol):
    """Where the database is and how to log in."""

    @property
    def host(self) -> str:
        """Name or address, or the folder of a unix socket, which begins with a "/"."""
        ...

    @property
    def port(self) -> int:
        """Number of the port, also part of a socket's name."""
        ...

    @property
    def database(self) -> str:
        """Name of the database."""
        ...

    @property
    def user(self) -> str:
        """Name to log in with."""
        ...

    @property
    def password(self) -> str:
        """The password, "" for none."""
        ...

    @property
    def sslmode(self) -> str:
        """One of "disable", "require" and "verify-full"."""
        ...

    @property
    def sslrootcert(self) -> str:
        """File of the certificates to trust, "" for the system's."""
        ...
