"""The password of the journal's database: in its URL, or in a file of its own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from playground.config.reading import read_own
from playground.config.settings import Leaf, bad
from playground.security.validators import printable

_FILE = ("tools", "journal", "password_file")
_OTHERS = 0o007


def password_in_file(name: str) -> str:
    """Returns what a file of a password holds, "" when none is named.

    Raises:
        BadConfiguration: there is no such file, it cannot be read, or every user of the machine
            may read or write it.
    """
    if not name:
        return ""
    path = Path(name).expanduser()
    leaf = Leaf(printable(name, one_line=True), "the configuration")
    text = read_own(path)
    if text is None:
        raise bad(_FILE, leaf=leaf, reason="there is no such file; write the password into it.")
    if path.stat().st_mode & _OTHERS:
        raise bad(_FILE, leaf=leaf, reason="everybody may read or write it; run `chmod 600` on it.")
    return text.removesuffix("\n").removesuffix("\r")


def passwords_in_url(url: str) -> frozenset[str]:
    """Returns the password in a URL as it is written and as it is meant; none where it has none."""
    login, at, _ = url.partition("://")[2].rpartition("@")
    written = login.partition(":")[2] if at else ""
    return frozenset({written, unquote(written)} - {""})
