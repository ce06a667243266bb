"""Files of a git folder, opened without following links and without waiting for anybody."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator
from itertools import islice
from pathlib import Path

from playground.domain.errors import BadInput, Unavailable
from playground.security import tree

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NAMES_MAX = 100_000


class GitFolder:
    """A folder that git keeps; `path` is absolute and may itself be reached through links."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str, *, bytes_max: int = 1 << 20) -> bytes | None:
        """Returns a file's bytes, None when there is no such file.

        Raises:
            Unavailable: it is no regular file, larger than `bytes_max`, or cannot be read.
        """
        try:
            with self.opened(name) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
                content = file.read(bytes_max + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._trouble(name, error) from error
        if len(content) > bytes_max:
            raise Unavailable(f"{self.path / name} is larger than {bytes_max} bytes; run `git gc`.")
        return content

    def text(self, name: str, *, bytes_max: int = 1 << 20) -> str | None:
        """Returns a file as text, as `read` does; bytes that are no UTF-8 are escaped."""
        content = self.read(name, bytes_max=bytes_max)
        return None if content is None else os.fsdecode(content)

    def names(self, name: str) -> list[str]:
        """Returns what is in a folder below this one, sorted; nothing when it is missing.

        Raises:
            Unavailable: it cannot be read or holds more than can be believed.
        """
        try:
            with (
                tree.opened(tree.open_root(self.path)) as top,
                tree.folder(top, parts=tree.parts_of(name)) as found,
                os.scandir(found) as entries,
            ):
                names = [entry.name for entry in islice(entries, _NAMES_MAX + 1)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self._trouble(name, error) from error
        if len(names) > _NAMES_MAX:
            raise Unavailable(f"{self.path / name} holds too many files; run `git gc`.")
        return sorted(names)

    @contextlib.contextmanager
    def opened(self, name: str) -> Generator[int]:
        """Yields a descriptor of a regular file.

        Raises:
            OSError: it is missing, a link or cannot be opened.
            Unavailable: it is no regular file.
        """
        parts = tree.parts_of(name)
        with (
            tree.opened(tree.open_root(self.path)) as top,
            tree.folder(top, parts=parts[:-1]) as above,
            tree.opened(os.open(parts[-1], _FILE, dir_fd=above)) as file,
        ):
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Unavailable(f"{self.path / name} is no regular file; repair the repository.")
            yield file

    def _trouble(self, name: str, error: OSError) -> Unavailable:
        why = error.strerror or type(error).__name__
        return Unavailable(f"{self.path / name} cannot be read ({why}); repair the repository.")


def below(folder: Path, name: str) -> Path:
    """Returns a path that a file of git names, resolved; relative ones count from `folder`.

    Raises:
        BadInput: it cannot be resolved.
    """
    try:
        return (folder / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"{folder} names a path that cannot be used; repair it.") from error
