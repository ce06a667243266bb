"""The start of our own workers and of the package installer; no other program starts here.

A worker is a module of Playground in a process of its own, with an environment built from
nothing. It ends when its standard input ends, so it never outlives the process that started it;
on Linux the kernel ends it as well.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from playground.security.keeping import kept

_WORKERS = frozenset({"playground.engines.worker"})
_ENVIRONMENT = MappingProxyType({"LANG": "C.UTF-8", "PATH": ""})
_NOT_REACHED = "after connection broken by"


@dataclass(frozen=True, slots=True)
class WorkerCall:
    """What to start.

    Attributes:
        module: one of our own worker modules.
        folder: the worker's working folder, which is also its home and temporary folder.
        log: file that takes its standard error.
        first_line: what it reads first; secrets travel here, never in the arguments.
        environment: variables beside those that every worker gets.
    """

    module: str
    folder: Path
    log: Path
    first_line: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class WorkerProcess:
    """A running worker.

    Raises:
        ValueError: the module is none of our workers.
        Unavailable: the system could not start a process.
    """

    def __init__(self, call: WorkerCall) -> None:
        if call.module not in _WORKERS:
            raise ValueError(f"{call.module} is no worker of ours")
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._process = kept(
            lambda: _popen(call), heard=self._lines.put, stay=lambda process: process.wait()
        )
        try:
            self._write(call.first_line)
        except OSError:
            self.stop(grace_s=0)  # it ended at once; its log says why

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def line(self, *, timeout_s: float) -> str | None:
        """Returns the next line of its standard output, "" at its end, None when none came."""
        try:
            return self._lines.get(timeout=timeout_s).decode("utf-8", "replace").strip()
        except queue.Empty:
            return None

    def stop(self, *, grace_s: float) -> None:
        """Ends the worker: closes its input, waits, then kills; may be called twice."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.stdin.close()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, line: str) -> None:
        if self._process.stdin is None:
            raise OSError("no pipe")
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()


def _popen(call: WorkerCall) -> subprocess.Popen[bytes]:
    folder = str(call.folder)
    environment = {**_ENVIRONMENT, "HOME": folder, "TMPDIR": folder, **call.environment}
    with call.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-m", call.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for us, not for the worker
        )


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What became of a download; `detail` is the installer's last complaint, "" when it worked."""

    succeeded: bool
    detail: str


def download_wheel(requirements: Path, *, folder: Path, timeout_s: float) -> Downloaded:
    """Downloads what a hash-pinned requirement file names, with the person's own settings of pip.

    Nothing is installed, built or imported. This one program inherits the person's environment,
    because indexes, certificates and proxies are configured there.

    Args:
        requirements: file whose every line carries a hash.
        folder: where the wheels are put; it is the working folder too, so that no file of the
            person's folder is taken for a part of pip.
        timeout_s: seconds after which it is killed.
    """
    command = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--dest", str(folder), "-r", str(requirements)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Downloaded(succeeded=False, detail=f"no answer within {timeout_s:.0f} s")
    except OSError as error:
        return Downloaded(succeeded=False, detail=error.strerror or "pip cannot be started")
    return Downloaded(done.returncode == 0, "" if done.returncode == 0 else _complaint(done.stderr))


def _complaint(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    if any(_NOT_REACHED in line for line in lines):
        return "the package index cannot be reached"
    said = [line for line in lines if line]
    # A crash of pip is announced in an error of its own; what it was stands in the last line.
    errors = [line for line in said if line.startswith("ERROR:") and line != "ERROR: Exception:"]
    text = (errors or said or ["pip failed without a word"])[-1]
    return "".join(c for c in text.removeprefix("ERROR:").strip() if c.isprintable())[:300]
