"""An ordinary user on a machine where the tests run as root, with a Playground that they can read.

The clone and its Python may lie where only root may go. What is needed is given further names
(hard links) in a folder that everybody may enter, which takes a second and no space.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import playground

ORDINARY_UID = 64_137
"""A number that no account has."""


def own(folder: Path, uid: int) -> None:
    """Makes the user the owner of the folder and of all below it, following no link."""
    os.chown(folder, uid, uid)
    for _above, folders, files, here in os.fwalk(os.fsencode(folder)):
        for name in (*folders, *files):
            os.chown(name, uid, uid, dir_fd=here, follow_symlinks=False)


def become(uid: int) -> None:
    """Gives up all rights but those of the user; for a new process, before it does anything."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


@contextmanager
def installation_for_everybody() -> Generator[Path]:
    """Yields the `bin` folder of an installation that every user can use."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-for-everybody-"))
    folder.chmod(0o755)
    try:
        yield _installed(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installed(folder: Path) -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    python = base / "bin" / version
    if not _is_open(python):
        _link(base / "lib" / version, folder / "base" / "lib", without=("test", "site-packages"))
        (folder / "base" / "bin").mkdir(parents=True)
        _relocated(python, folder / "base" / "bin" / version, libraries=base / "lib")
        for library in (base / "lib").glob("libpython*"):
            _link(library, folder / "base" / "lib")
        python = folder / "base" / "bin" / version
    packages = Path(sysconfig.get_path("purelib"))
    _link(packages, folder / "venv" / "lib" / version)
    for entry in (folder / "venv" / "lib" / version / "site-packages").glob("*playground*.pth"):
        entry.unlink()
    _link(Path(playground.__file__).parent, folder / "venv" / "lib" / version / "site-packages")
    programs = folder / "venv" / "bin"
    for name in ("playground", "ruff"):
        _link(Path(sysconfig.get_path("scripts")) / name, programs)
    (programs / "python").symlink_to(python)
    (folder / "venv" / "pyvenv.cfg").write_text(f"home = {python.parent}\n")
    return programs


def _relocated(program: Path, copy: Path, *, libraries: Path) -> None:
    """Copies an interpreter that looks for its library where only root may go.

    It would find another version's library in the system's folders, which works until an extension
    asks for something that is not there.
    """
    told, beside = os.fsencode(f"{libraries}\0"), b"$ORIGIN/../lib"
    data = program.read_bytes()
    if len(told) > len(beside):
        data = data.replace(told, beside.ljust(len(told), b"\0"))
    copy.write_bytes(data)
    copy.chmod(0o755)


def _is_open(path: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (path, *path.parents))


def _link(source: Path, into: Path, *, without: tuple[str, ...] = ()) -> None:
    """Gives a file or tree a further name below `into`, or copies it to another disk."""
    into.mkdir(parents=True, exist_ok=True)
    if not source.is_dir() or not without:
        places = [source]
    else:
        into = into / source.name
        into.mkdir()
        places = [place for place in source.iterdir() if place.name not in without]
    for how in ("-al", "-a"):
        done = subprocess.run(
            ["/bin/cp", how, "-t", into, "--", *places], capture_output=True, check=False
        )
        if done.returncode == 0:
            return
    raise OSError(done.stderr.decode())
