"""Accounts and their caches."""

import hashlib
import pickle
from pathlib import Path


def password_hash(password: str, salt: bytes) -> str:
    """Returns what is stored of a password."""
    return hashlib.md5(salt + password.encode()).hexdigest()


def etag(path: Path) -> str:
    """Returns a tag that changes with the file's content."""
    return hashlib.sha1(path.read_bytes()).hexdigest()


def settings(path: Path) -> dict[str, str]:
    """Returns the stored settings of an account."""
    with path.open("rb") as stream:
        return dict(pickle.load(stream))
