"""How commands are started on an attacked machine: as people start them, or by a fork."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FORK_SERVER = Path(__file__).with_name("hostile_forkserver.py")
KILLED_FOR_TIME = -int(signal.SIGALRM)
START_S_MAX = 240.0


@dataclass(frozen=True)
class Start:
    """A command to be run.

    Attributes:
        arguments: what follows the name `playground`.
        where: its working folder.
        environment: all of its environment.
        limit_s: seconds after which it is killed with all that it started.
    """

    arguments: Sequence[str]
    where: Path
    environment: Mapping[str, str]
    limit_s: float


@dataclass(frozen=True)
class Person:
    """Who works on the attacked machine, and with which installation.

    Attributes:
        programs: the folder of the installation's programs.
        uid: whose processes they are, None for our own.
        forks: runs commands without a new start, None when there is no such process.
    """

    programs: Path = Path(sys.executable).parent
    uid: int | None = None
    forks: Forks | None = None

    @property
    def argv(self) -> list[str]:
        """The command as it is installed."""
        script = self.programs / "playground"
        # `python -m` alone would begin with the repository's modules
        return [str(script)] if script.exists() else [sys.executable, "-P", "-m", "playground"]

    def run(self, start: Start, *, anew: bool = True) -> Ended:
        """Runs a command to its end or limit, `anew` with a start of Python of its own."""
        if self.forks is None or anew:
            return run_program([*self.argv, *start.arguments], start=start, uid=self.uid)
        return self.forks.run(start)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, `KILLED_FOR_TIME` after its limit, and what it said."""

    code: int
    out: str
    err: str
    seconds: float


def run_program(argv: Sequence[str], *, start: Start, uid: int | None = None) -> Ended:
    """Runs any program like a command; `start.arguments` are not looked at."""
    began = time.monotonic()
    process = subprocess.Popen(
        argv,
        cwd=start.where,
        env=start.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )
    try:
        out, err = process.communicate(timeout=start.limit_s)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        code = KILLED_FOR_TIME
    return Ended(code, _text(out), _text(err), time.monotonic() - began)


class Forks:
    """Commands as children of one process that has imported the product already.

    What an attacked environment does to Python's own start is not seen so.

    Args:
        python: the interpreter of the installation.
        script: `FORK_SERVER` or a copy of it that the user can read.
        uid: whose processes they are, None for our own.
    """

    def __init__(self, python: Path, *, script: Path = FORK_SERVER, uid: int | None = None) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [python, "-I", script, str(theirs.fileno())],
                cwd="/",
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                user=uid,
                group=uid,
                extra_groups=None if uid is None else [],
            )
        if self._line(START_S_MAX) != "ready":
            self.close()
            raise RuntimeError("the product cannot be imported")

    def run(self, start: Start) -> Ended:
        """Runs the command to its end or limit."""
        began = time.monotonic()
        order = {
            "arguments": list(start.arguments),
            "where": str(start.where),
            "environment": dict(start.environment),
        }
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            message = json.dumps(order).encode()
            socket.send_fds(self._control, [message], [out.fileno(), err.fileno()])
            pid = int(self._line(START_S_MAX))
            try:
                code = int(self._line(start.limit_s))
            except TimeoutError:
                os.killpg(pid, signal.SIGKILL)
                self._line(START_S_MAX)
                code = KILLED_FOR_TIME
            out.seek(0)
            err.seek(0)
            return Ended(code, _text(out.read()), _text(err.read()), time.monotonic() - began)

    def _line(self, limit_s: float) -> str:
        """Returns the next line of the server, "" when it has died."""
        self._control.settimeout(limit_s)
        line = b""
        while not line.endswith(b"\n"):
            if not (byte := self._control.recv(1)):
                return ""
            line += byte
        return line.decode().strip()

    def close(self) -> None:
        """Ends the server."""
        self._control.close()
        self._server.wait()


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
