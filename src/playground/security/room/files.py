"""Files that every program needs: the system's libraries, the loader, and our own interpreter."""

from __future__ import annotations

import os
import struct
import sys
import sysconfig
from functools import cache
from pathlib import Path

_LIBRARIES = (
    *("/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib"),
    *("/etc/ld.so.cache", "/nix/store", "/gnu/store"),
)
_PACKAGE = Path(__file__).resolve().parents[2]
_INTERPRETER_SEGMENT = 3


def libraries() -> tuple[Path, ...]:
    """Returns the folders and files that the system's loader reads libraries from."""
    return tuple(Path(name) for name in _LIBRARIES if Path(name).exists())


@cache
def interpreter() -> Path:
    """Returns the file of the Python that runs us, outside any virtual environment."""
    return Path(os.path.realpath(sys.executable))


@cache
def interpreter_files() -> tuple[Path, ...]:
    """Returns what Python and the launcher need to start, beside the system's libraries."""
    library = sysconfig.get_config_var("LIBDIR")
    shared = sysconfig.get_config_var("INSTSONAME")
    names = [
        interpreter(),
        # Interpreters that were installed apart bring libraries of their own.
        Path(sys.base_prefix) / "lib",
        Path(sysconfig.get_path("stdlib")),
        Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})),
        # The library beside an interpreter that was built to share it.
        *([Path(library) / shared] if library and shared else []),
        *(_PACKAGE / name for name in ("__init__.py", "__pycache__", "security/__init__.py")),
        *(_PACKAGE / "security" / name for name in ("__pycache__", "room")),
    ]
    # A library that the user may not even look for is none that their Python needs.
    return tuple(dict.fromkeys(path for path in names if os.access(path, os.F_OK)))


def package_root() -> Path:
    """Returns the folder that our own package is imported from."""
    return _PACKAGE.parent


@cache
def loaders_of(program: Path) -> tuple[Path, ...]:
    """Returns the loader that the kernel starts together with a program, by the file's own word."""
    try:
        with program.open("rb") as file:
            head = file.read(64)
            if head[:6] != b"\x7fELF\x02\x01":
                return ()
            offset, size, count = struct.unpack_from("<Q14xHH", head, 32)
            file.seek(offset)
            table = file.read(size * count)
            for place in range(0, len(table), size):
                kind, _flags, start, _at, _physical, length = struct.unpack_from(
                    "<IIQQQQ", table, place
                )
                if kind == _INTERPRETER_SEGMENT:
                    file.seek(start)
                    return (Path(os.fsdecode(file.read(length).rstrip(b"\0"))),)
    except (OSError, struct.error):
        return ()
    return ()
