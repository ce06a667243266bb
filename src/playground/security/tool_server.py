"""The start of analyzer programs that stay, and the pipes through which they are spoken to."""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playground.domain.errors import AnalyzerUnavailable, PlaygroundError
from playground.security.calls import Entry, Room, ServerCall, open_room
from playground.security.programs import command_of
from playground.security.room.receipts import Receipt
from playground.security.room.remembering import remember
from playground.security.starting import started

_PIECE_BYTES = 1 << 16
_PUT_AWAY_S = 5.0
_LAST_WORDS_S = 1.0
_KEPT_BYTES = 1 << 14
_FILE_BYTES_MAX = 64 << 20
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a server and everything that it started takes; zeros where the system does not tell.

    Attributes:
        resident_bytes: memory that it occupies now.
        cpu_s: processor seconds since it started.
    """

    resident_bytes: int
    cpu_s: float


def start_tool(call: ServerCall, *, room: Room = open_room) -> ToolServer:
    """Starts an analyzer program that is spoken to over its standard input and output.

    Args:
        call: what to start.
        room: what to put around it.

    Raises:
        AnalyzerUnavailable: the program is not installed or cannot be started.
    """
    return ToolServer(call, entry=room((*command_of(call.program), *call.arguments), call))


class ToolServer:
    """A running analyzer program; started by `start_tool` alone.

    One thread may send while another receives. It ends with us: its input ends when we do.

    Attributes:
        pid: its process number, which is that of its session and group too.
    """

    def __init__(self, call: ServerCall, *, entry: Entry) -> None:
        self._name = call.program.value
        self._sending = threading.Lock()
        self._receiving = threading.Lock()
        self._life = threading.Lock()
        self._gone = False
        self._last_words = bytearray()
        self._listener: threading.Thread | None = None
        self._entry = entry
        self._process = self._kept(call)
        self.pid: int = self._process.pid
        self._input, self._output = _pipe(self._process.stdin), _pipe(self._process.stdout)
        os.set_blocking(self._input.fileno(), False)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        with self._life:
            return not self._gone and not _ended(self._process)

    @property
    def receipt(self) -> Receipt:
        """The room that it runs in."""
        return self._entry.receipt()

    @property
    def last_words(self) -> str:
        """The end of what it wrote on its standard error, for the log; all of it once it ended."""
        if not self.alive and self._listener:
            self._listener.join(_LAST_WORDS_S)
        return bytes(self._last_words).decode("utf-8", "replace")

    def send(self, data: bytes, *, timeout_s: float) -> None:
        """Writes all of it; after a failure the server has to be killed, for a part may be sent.

        Raises:
            AnalyzerUnavailable: it is gone or does not read.
        """
        deadline = time.monotonic() + timeout_s
        rest = memoryview(data)
        with self._sending:
            while rest:
                if not self._ready(select.POLLOUT, deadline):
                    raise AnalyzerUnavailable(f"{self._name} does not read; try again.")
                try:
                    rest = rest[self._input.write(rest) or 0 :]
                except (OSError, ValueError) as error:
                    raise self._went() from error

    def receive(self, *, timeout_s: float) -> bytes:
        """Returns what it wrote since, at least one byte.

        Raises:
            AnalyzerUnavailable: it ended.
            TimeoutError: it wrote nothing.
        """
        with self._receiving:
            if not self._ready(select.POLLIN, time.monotonic() + timeout_s):
                raise TimeoutError(f"{self._name} gave no answer within {timeout_s:g} s.")
            try:
                piece = os.read(self._output.fileno(), _PIECE_BYTES)
            except (OSError, ValueError) as error:
                raise self._went() from error
        if not piece:
            raise self._went()
        return piece

    def usage(self) -> Usage:
        """Returns what its whole session takes now."""
        resident, ticks = 0, 0
        for folder in _PROC.iterdir() if sys.platform == "linux" else ():
            if folder.name.isdecimal():
                fields = _stat(folder)
                if len(fields) > 21 and int(fields[3]) == self.pid:
                    ticks += int(fields[11]) + int(fields[12])
                    resident += int(fields[21])
        clock = os.sysconf("SC_CLK_TCK")
        return Usage(resident * os.sysconf("SC_PAGE_SIZE"), ticks / clock)

    def kill(self) -> None:
        """Ends it with everything that it started; may be called at any time, also twice.

        Waits until what it had is put away, because at the end of our own process nobody would.
        """
        with self._life:
            if not self._gone:
                _kill_group(self.pid)
        if self._keeper is not threading.current_thread():
            self._keeper.join(_PUT_AWAY_S)

    def _ready(self, event: int, deadline: float) -> bool:
        """Waits until the pipe can be used or is broken; False when the time is over."""
        pipe = self._input if event == select.POLLOUT else self._output
        poller = select.poll()
        try:
            poller.register(pipe.fileno(), event)
        except ValueError as error:
            raise self._went() from error
        return bool(poller.poll(max(0.0, deadline - time.monotonic()) * 1000))

    def _went(self) -> AnalyzerUnavailable:
        return AnalyzerUnavailable(f"{self._name} has ended; try again.")

    def _kept(self, call: ServerCall) -> subprocess.Popen[bytes]:
        """Starts the process from a thread that stays until it has ended.

        Linux sends the signal of a parent's death when the starting *thread* ends, and the
        caller's thread may be a short one.
        """
        begun: queue.SimpleQueue[subprocess.Popen[bytes] | PlaygroundError] = queue.SimpleQueue()

        def keep() -> None:
            try:
                live()
            finally:
                # Whatever went wrong before it began, nobody may wait for ever; later it is unread.
                begun.put(AnalyzerUnavailable(f"{self._name} cannot be started; try again."))

        def live() -> None:
            with contextlib.closing(self._entry):
                try:
                    process = started(self._entry, call.scratch, spoken_to=True)
                except PlaygroundError as error:
                    begun.put(error)
                    return
                if not self._entry.limited:
                    _limit(process.pid)
                self._listener = threading.Thread(
                    target=self._drain, args=(process.stderr,), daemon=True
                )
                self._listener.start()
                begun.put(self._proved(process))
                remember(self.receipt)
                _wait_for(process)
                with self._life:
                    if process.returncode is None:
                        _kill_group(process.pid)  # its number is still taken: nobody else's
                    process.wait()
                    self._gone = True

        self._keeper = threading.Thread(target=keep, name=f"{self._name}-keeper", daemon=True)
        self._keeper.start()
        process = begun.get()
        if isinstance(process, PlaygroundError):
            raise process
        return process

    def _proved(
        self, process: subprocess.Popen[bytes]
    ) -> subprocess.Popen[bytes] | PlaygroundError:
        try:
            self._entry.prove()
        except PlaygroundError as error:
            _kill_group(process.pid)
            return error
        return process

    def _drain(self, stderr: IO[bytes] | None) -> None:
        with contextlib.suppress(OSError, ValueError), _pipe(stderr) as pipe:
            while piece := os.read(pipe.fileno(), _PIECE_BYTES):
                self._last_words += piece
                del self._last_words[:-_KEPT_BYTES]


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def _ended(process: subprocess.Popen[bytes]) -> bool:
    if sys.platform != "linux":
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True


def _wait_for(process: subprocess.Popen[bytes]) -> None:
    """Waits for its end, and where the system can, leaves its number taken."""
    if sys.platform != "linux":
        process.wait()
        return
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _limit(pid: int) -> None:
    """Sets limits from outside, for a function between fork and exec is not safe with threads."""
    if sys.platform == "linux":
        for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _FILE_BYTES_MAX)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                resource.prlimit(pid, kind, (most, most))


def _stat(folder: Path) -> list[str]:
    """Returns the fields after the name, which may hold spaces; empty when it is gone."""
    try:
        return (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []
