"""Digests of program files, each computed once for as long as the file stays the same."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

_Identity = tuple[str, int, int, int, int, int]

_lock = threading.Lock()
_known: dict[_Identity, Future[str]] = {}
_workers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fingerprints")


def fingerprints(files: tuple[Path, ...]) -> Callable[[], tuple[tuple[str, str], ...]]:
    """Begins to read the files in the background; the result waits and returns the digests.

    A file that cannot be read has the digest "unreadable".
    """
    waiting = [(str(path), _begun(path)) for path in files]
    return lambda: tuple((name, future.result()) for name, future in waiting)


def _begun(path: Path) -> Future[str]:
    try:
        status = path.stat()
    except OSError:
        status = None
    identity: _Identity = (str(path), 0, 0, 0, 0, 0)
    if status is not None:
        times = (status.st_mtime_ns, status.st_ctime_ns)
        identity = (str(path), status.st_dev, status.st_ino, status.st_size, *times)
    with _lock:
        if identity not in _known:
            _known[identity] = _submitted(path)
        return _known[identity]


def _submitted(path: Path) -> Future[str]:
    try:
        return _workers.submit(_digest, path)
    except RuntimeError:  # the interpreter is about to end and begins no more work in threads
        done: Future[str] = Future()
        done.set_result(_digest(path))
        return done


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
