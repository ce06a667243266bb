"""The start of a model server that the person's own configuration names; nothing else starts here.

The server is a foreign program in an environment of its own. It is started without a shell, with
an environment built from nothing, in a session of its own. The kernel ends it when the process
that started it ends, however that ends: this module, run as a program, asks the kernel for that
and then becomes the server. That needs Linux.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playground.domain.errors import BadInput
from playground.security.keeping import kept
from playground.security.room.launcher.kernel import end_with_parent

_PATHS = ("/usr/local/bin", "/usr/bin", "/bin")
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class ServerCall:
    """What to start.

    Attributes:
        command: the program by its absolute path, and its arguments; secrets never stand here,
            since every user of the machine can read them.
        folder: the server's working and temporary folder.
        heard: gets each line that the server prints.
        environment: variables beside those that every server gets.
    """

    command: tuple[str, ...]
    folder: Path
    heard: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class ServerProcess:
    """A running server and all processes that it started.

    Raises:
        BadInput: the command names no program by its absolute path, or this is not Linux.
        Unavailable: the system could not start a process.
    """

    def __init__(self, call: ServerCall) -> None:
        if sys.platform != "linux":
            raise BadInput("Servers can be started on Linux only; start it and give its base_url.")
        program = Path(call.command[0]) if call.command else Path()
        if not program.is_absolute() or not os.access(program, os.X_OK) or program.is_dir():
            raise BadInput(
                f"{str(program)!r} is no program by its absolute path; correct the command."
            )
        self._heard = call.heard
        self._process = kept(lambda: _popen(call), heard=self._line, stay=_stay)

    @property
    def pid(self) -> int:
        """The process id, which is the id of its session and of its group too."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs.

        The process is not reaped: as long as it is not, its id names no other group.
        """
        if self._process.returncode is not None:
            return self._process.returncode
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            found = os.waitid(os.P_PID, self._process.pid, options)
            if found is None:
                return None
            was_exit = found.si_code == os.CLD_EXITED
            return found.si_status if was_exit else -found.si_status
        return self._process.poll()

    def stop(self, *, grace_s: float) -> None:
        """Asks the server to end, then kills what is left of its group; may be called twice."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while self.returncode is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _line(self, line: bytes) -> None:
        if line:
            self._heard(line.decode("utf-8", "replace").rstrip())


def _stay(process: subprocess.Popen[bytes]) -> None:
    """Waits without reaping; a server may print no more and yet run."""
    while process.returncode is None:
        time.sleep(_POLL_S)


def _popen(call: ServerCall) -> subprocess.Popen[bytes]:
    paths = (str(Path(call.command[0]).parent), *_PATHS)
    environment = {
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join(paths),
        "HOME": str(Path.home()),
        "TMPDIR": str(call.folder),
        **call.environment,
    }
    follower = [sys.executable, "-I", "-m", __name__, str(os.getpid())]
    return subprocess.Popen(
        [*follower, *call.command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=call.folder,
        env=environment,
        start_new_session=True,
    )


def _follow(arguments: Sequence[str]) -> None:
    """Ends with the parent from now on, and becomes the server.

    Args:
        arguments: the parent's process id, then the server's command.
    """
    end_with_parent(int(arguments[0]))
    os.execv(arguments[1], list(arguments[1:]))


if __name__ == "__main__":
    _follow(sys.argv[1:])
