"""Where a server's database is, read from a URL as libpq and other drivers understand it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from playground.domain.errors import BadInput

SCHEMES = ("postgresql", "postgres")
_MODES = ("disable", "require", "verify-full")
_KNOWN = frozenset({"host", "port", "user", "dbname", "sslmode", "sslrootcert"})
_PORT = 5432
_SHAPE = "write it as postgresql://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class Address:
    """A database on a server and how to log in.

    Attributes:
        host: name or address, or the folder of the server's unix socket, which begins with a "/".
        password: "" for none.
        sslmode: "disable" speaks in the clear, "require" encrypts without knowing to whom,
            "verify-full" checks certificate and name.
        sslrootcert: file of the certificates to trust, "" for the system's.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    sslmode: str
    sslrootcert: str

    def __str__(self) -> str:
        """Returns the place without the login."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEMES[0]}://{host}:{self.port}/{self.database}"


def address_of(url: str, *, password: str = "") -> Address:
    """Reads a URL; its text appears in no error, because it may hold a password.

    Args:
        url: as postgresql://user:password@host:5432/database?sslmode=verify-full; a unix socket's
            folder may stand in the parameter `host`.
        password: counts where the URL has none.

    Raises:
        BadInput: it is no such URL, or says something that is not understood.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise _bad(f"{_SHAPE}, with %-escapes for special characters in a password") from error
    if parts.scheme not in SCHEMES or parts.fragment:
        raise _bad(_SHAPE)
    if unknown := given.keys() - _KNOWN:
        names = ", ".join(sorted(name for name in unknown if name.isidentifier())) or "one"
        raise _bad(f"it has parameters that are not known here ({names}); leave them out")
    host = given.get("host") or unquote(parts.hostname or "")
    database = given.get("dbname") or unquote(parts.path.removeprefix("/"))
    user = given.get("user") or unquote(parts.username or "")
    for name, value in (("host", host), ("database", database), ("user", user)):
        if not value or "\0" in value:
            raise _bad(f"it names no {name}; {_SHAPE}")
    mode = given.get("sslmode") or ("disable" if _stays_here(host) else "verify-full")
    if mode not in _MODES:
        raise _bad(f"sslmode is one of {', '.join(_MODES)}")
    number = port or _port(given.get("port", ""))
    secret = unquote(parts.password or "") or password
    return Address(host, number, database, user, secret, mode, given.get("sslrootcert", ""))


def _port(text: str) -> int:
    if not text:
        return _PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise _bad("the port is a number from 1 to 65535")
    return int(text)


def _stays_here(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad(advice: str) -> BadInput:
    return BadInput(
        f"The URL of the journal's server (tools.journal.url, or what follows --to) cannot be "
        f"used: {advice}."
    )
