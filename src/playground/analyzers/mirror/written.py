"""Copies of a mirror's files, for programs that read files and know nothing of overlays.

A copy shares the unchanged files by hard links: it costs no space, and less time than reading.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from playground.domain.errors import StorageUnavailable
from playground.domain.ports import Mirror

_PACKAGE = ("__init__.py", "__init__.pyi")
_numbers = itertools.count()


@contextlib.contextmanager
def written(mirror: Mirror, *, alone: Sequence[str] | None = None) -> Generator[Mirror]:
    """Yields the same mirror with its overlay written to disk; itself when it has none.

    Args:
        mirror: what to write.
        alone: for programs that look at one file at a time: only these files are written, with the
            `__init__` files above them, which say what belongs to a package.

    Raises:
        StorageUnavailable: the copy cannot be written.
    """
    if not mirror.overlay:
        yield mirror
        return
    folder = mirror.root.parent / "written" / str(next(_numbers))
    try:
        try:
            if alone is None:
                share(mirror.root, into=folder)
                chosen = mirror.overlay
            else:
                chosen = _with_packages(mirror, alone)
            for path, text in chosen.items():
                lay(folder, path=path, text=text)
        except OSError as error:
            raise StorageUnavailable(
                f"The mirror cannot be copied ({error.strerror}); free space in the cache folder."
            ) from error
        yield replace(mirror, root=folder, overlay={}, state="")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_packages(mirror: Mirror, paths: Sequence[str]) -> dict[str, str | None]:
    """Returns the texts of these files and of what makes packages of the folders above them."""
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    packages = (str(folder / name) for folder in folders for name in _PACKAGE)
    here = set(mirror.paths)
    chosen = [path for path in (*paths, *packages) if path in here]
    return {path: _text_of(mirror, path) for path in chosen}


def _text_of(mirror: Mirror, path: str) -> str:
    text = mirror.overlay.get(path)
    return (mirror.root / path).read_bytes().decode() if text is None else text


def share(source: Path, *, into: Path) -> None:
    """Makes a new folder that holds the same files, by links where the file system has them.

    Raises:
        OSError: it cannot be written.
    """
    into.mkdir(mode=0o700, parents=True)
    for path, is_folder in entries(source):
        if is_folder:
            (into / path).mkdir(mode=0o700)
        else:
            share_file(source / path, target=into / path)


def share_file(source: Path, *, target: Path) -> None:
    """Makes `target` the same file as `source`, or a copy of it where links cannot be made.

    Raises:
        OSError: it cannot be written.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        target.unlink()
        share_file(source, target=target)
    except OSError:
        shutil.copyfile(source, target)


def entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yields what is below a folder, as a POSIX path and whether it is a folder; these first.

    Raises:
        OSError: it cannot be read.
    """
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(folder / prefix) as found:
            for entry in found:
                path = f"{prefix}{entry.name}"
                is_folder = entry.is_dir(follow_symlinks=False)
                yield path, is_folder
                if is_folder:
                    waiting.append(path + "/")


def lay(folder: Path, *, path: str, text: str | None) -> None:
    """Makes a file below the folder hold this text, or be gone.

    Raises:
        OSError: it cannot be written.
    """
    target = folder / path
    if text is None:
        target.unlink(missing_ok=True)
    else:
        put_file(target, text=text)


def put_file(target: Path, *, text: str) -> None:
    """Writes a new file in place of whatever is there, which stays as it is under other names.

    Raises:
        OSError: it cannot be written.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.write_bytes(text.encode())
