"""Source distributions of the packages that are repaired, by digest, and the rooms for their tests.

The archives are read as data: none of a package's code runs before its own tests do, and those run
only when they are asked for, in bubblewrap, without a network.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from pip._internal.models.index import PyPI

LOCK = Path(__file__).with_name("packages.lock")
_SIMPLE = "application/vnd.pypi.simple.v1+json"
_TEST_TOOLS = ("pytest==9.2.0", "hypothesis==6.170.0", "freezegun==1.5.5", "pytz", "attrs", "face")
_TESTS_S = 120.0


@dataclass(frozen=True)
class Package:
    """One line of the lock: a source distribution, where its code lies and how it is tested.

    Attributes:
        name: as the registry has it.
        version: exact.
        sha256: of the archive.
        code: folder or file below the archive's top that is improved.
        tests: what pytest is given, "" where the tests cannot run from the archive.
    """

    name: str
    version: str
    sha256: str
    code: str
    tests: str


def packages() -> list[Package]:
    """Returns what is locked, in order."""
    found: list[Package] = []
    for line in LOCK.read_text().splitlines():
        if line[:1].isalpha():
            pin, digest, code, tests = line.split()
            name, version = pin.split("==")
            sha256 = digest.removeprefix("--hash=sha256:")
            found.append(Package(name, version, sha256, code, tests.replace("-", "")))
    return found


def downloaded(name: str, *, sha256: str) -> bytes:
    """Returns a project's file from the registry by its digest.

    Raises:
        SystemExit: the registry has no such file, or other bytes.
    """
    address = f"{PyPI.simple_url}/{name}/"
    request = urllib.request.Request(address, headers={"Accept": _SIMPLE})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    found = [file for file in files if file["hashes"].get("sha256") == sha256]
    if not found:
        sys.exit(f"the registry has no file of {name} with the locked digest")
    with urllib.request.urlopen(found[0]["url"], timeout=300) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{name}: the archive has another digest than the lock")
    return data


def fetched(package: Package, folder: Path) -> Path:
    """Returns the unpacked archive's top folder; downloads and checks it when it is not there.

    Raises:
        SystemExit: the registry has no such file, or other bytes.
    """
    top = folder / f"{package.name}-{package.version}"
    if top.is_dir():
        return top
    data = downloaded(package.name, sha256=package.sha256)
    folder.mkdir(parents=True, exist_ok=True)
    archive, fresh = folder / "archive.tar.gz", folder / "fresh"
    archive.write_bytes(data)
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(archive) as opened:
        opened.extractall(fresh, filter="data")
    archive.unlink()
    next(fresh.iterdir()).rename(top)
    fresh.rmdir()
    return top


class Tests:
    """Runs packages' own tests in a throw-away copy, in bubblewrap, without a network.

    Args:
        folder: holds the environment of the test tools, made at the first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = folder / "bin" / "python"

    def prepare(self) -> None:
        """Makes the environment."""
        if not shutil.which("bwrap"):
            sys.exit("bubblewrap is needed to run the packages' tests; install it")
        if not (self._folder / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", str(self._folder)], check=True)
            pip = [str(self._python), "-m", "pip", "install", "-q", *_TEST_TOOLS]
            subprocess.run(pip, check=True)
            (self._folder / "ready").touch()

    def passed(self, tree: Path, *, tests: str, work: Path) -> frozenset[str] | None:
        """Returns the ids of the tests that pass in a copy of the tree, None when none ran."""
        copy = work / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tree, copy, symlinks=True)
        command = [
            *("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"),
            *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),
            *("--ro-bind", str(self._folder), str(self._folder)),
            *("--bind", str(copy), str(copy), "--chdir", str(copy)),
            *("--setenv", "PYTHONPATH", f"{copy}:{copy / 'src'}", "--setenv", "HOME", str(copy)),
            *(str(self._python), "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"),
            *("-c", "/dev/null", "--rootdir", ".", "--tb=no", *tests.split(",")),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_TESTS_S
            )
        except subprocess.TimeoutExpired:
            return None
        marked = (line for line in done.stdout.splitlines() if line.startswith("PASSED "))
        found = frozenset(line.removeprefix("PASSED ").split(" - ")[0] for line in marked)
        return found or None

    def changed(self, tree: Path, *, diff: str) -> Path:
        """Returns a copy of the tree with the diff applied by git."""
        copy = self._folder.parent / "changed" / "tree"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tree, copy, symlinks=True)
        subprocess.run(["git", "init", "-q", str(copy)], check=True)
        command = ["git", "apply", "--whitespace=nowarn"]
        subprocess.run(command, input=diff, text=True, cwd=copy, check=True)
        shutil.rmtree(copy / ".git")
        return copy
