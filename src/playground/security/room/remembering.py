"""Receipts in the log, where the digest that a check carries can be looked up."""

from __future__ import annotations

import threading
from dataclasses import asdict

from playground.security.logs import get_logger
from playground.security.room.receipts import Receipt

_lock = threading.Lock()
_written: set[str] = set()


def remember(receipt: Receipt) -> None:
    """Writes a receipt into the log, once for each that differs; one of no room is not written."""
    digest = receipt.digest
    with _lock:
        known = not digest or digest in _written
        _written.add(digest)
    if not known:
        get_logger("room").info("receipt", digest=digest, **asdict(receipt))
