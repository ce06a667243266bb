"""The one start of analyzer programs, and of the person's own editor.

Only programs that were installed beside Playground are ever started, by absolute path, with a list
of arguments, an environment built from nothing, a deadline and limits on what they may take. No
shell is involved, and nothing below the project is ever a program.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from pathlib import Path

from playground.domain.errors import BadInput, Unavailable
from playground.security.calls import (
    Call,
    Room,
    ServerCall,
    ToolCall,
    ToolResult,
    ToolStatus,
    open_room,
)
from playground.security.programs import Program, command_of, needs_of, tool_version
from playground.security.room.remembering import remember
from playground.security.starting import started
from playground.security.tool_server import ToolServer, Usage, start_tool

__all__ = [
    "Call",
    "Program",
    "Room",
    "ServerCall",
    "ToolCall",
    "ToolResult",
    "ToolServer",
    "ToolStatus",
    "Usage",
    "open_editor",
    "open_room",
    "run_tool",
    "start_tool",
    "tool_version",
]

_READ_BYTES = 1 << 16
_FILE_BYTES_MAX = 64 << 20


def run_tool(call: ToolCall, *, room: Room = open_room) -> ToolResult:
    """Runs an analyzer program to its end or to one of its limits.

    Args:
        call: what to run.
        room: what to put around it.

    Raises:
        AnalyzerUnavailable: the program is not installed or cannot be started, or the room does
            not hold.
    """
    began = time.monotonic()
    entry = room((*command_of(call.program), *call.arguments), call)
    with contextlib.closing(entry), started(entry, call.scratch) as process:
        if not entry.limited:
            _limit(process.pid, call)
        out = _Output()
        status = ToolStatus.CRASHED
        try:
            entry.prove()
            status = _collect(process, call, out)
        finally:
            # Also when the person interrupts us: nothing is left running behind.
            if status is not ToolStatus.OK:
                _kill_group(process.pid)
        code = entry.status_of(process.wait())
        receipt = entry.receipt()
    if status is ToolStatus.OK and code < 0:
        status = ToolStatus.CRASHED
    seconds = time.monotonic() - began
    remember(receipt)
    return ToolResult(status, code, bytes(out.stdout), bytes(out.stderr), seconds, receipt)


class _Output:
    """Bytes read so far."""

    def __init__(self) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()

    @property
    def size(self) -> int:
        """Bytes of both."""
        return len(self.stdout) + len(self.stderr)


def _collect(process: subprocess.Popen[bytes], call: ToolCall, out: _Output) -> ToolStatus:
    deadline = time.monotonic() + call.timeout_s
    with selectors.DefaultSelector() as selector:
        for pipe, sink in ((process.stdout, out.stdout), (process.stderr, out.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, sink)
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                return ToolStatus.TIMEOUT
            for key, _events in ready:
                piece = os.read(key.fd, _READ_BYTES)
                if piece:
                    key.data.extend(piece)
                else:
                    selector.unregister(key.fileobj)
            if out.size > call.output_bytes_max:
                return ToolStatus.TOO_MUCH_OUTPUT
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return ToolStatus.TIMEOUT
    return ToolStatus.OK


def _kill_group(pid: int) -> None:
    # The process is not waited for yet, so its number cannot belong to anybody else.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _limit(pid: int, call: ToolCall) -> None:
    """Sets limits on the running child.

    They are set from outside because a function run between fork and exec is not safe with
    threads. The processor limit ends a program that outlives a killed Playground.
    """
    if sys.platform != "linux":
        return
    cpu_s = math.ceil(call.timeout_s * 4) + 5
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _FILE_BYTES_MAX,
        resource.RLIMIT_CPU: cpu_s,
    }
    memory = needs_of(call.program).memory_bytes_max
    if memory:
        limits[resource.RLIMIT_AS] = memory
    for kind, most in limits.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            _hard = resource.prlimit(pid, kind)[1]
            value = most if _hard == resource.RLIM_INFINITY else min(most, _hard)
            resource.prlimit(pid, kind, (value, value))


@contextlib.contextmanager
def _interrupts_left_to_the_editor() -> Generator[None]:
    """Lets Ctrl-C, which a terminal sends to both, mean what it means in the editor alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def open_editor(path: Path, *, editor: str, environment: Mapping[str, str]) -> None:
    """Opens a file in the person's own editor on this terminal and waits until it is closed.

    Args:
        path: the file to edit.
        editor: program and arguments as one would type them, such as "code --wait".
        environment: the person's environment, handed on to the editor.

    Raises:
        BadInput: the editor's name cannot be read or is not found on the person's PATH.
        Unavailable: the editor cannot be started or reports a failure.
    """
    try:
        words = shlex.split(editor)
    except ValueError as error:
        raise BadInput(f"The editor {editor!r} cannot be read; check its quotes.") from error
    # A relative folder on PATH would let the project provide the editor.
    folders = [f for f in environment.get("PATH", os.defpath).split(os.pathsep) if f[:1] == "/"]
    program = shutil.which(words[0], path=os.pathsep.join(folders)) if words else None
    if program is None:
        raise BadInput(f"The editor {editor!r} is not found; set $EDITOR to one that is installed.")
    try:
        with _interrupts_left_to_the_editor():
            code = subprocess.call([program, *words[1:], str(path)], env=dict(environment))
    except OSError as error:
        raise Unavailable(
            f"The editor {editor!r} cannot be started ({error.strerror}); choose another one."
        ) from error
    if code == -signal.SIGINT:
        raise Unavailable(f"The editor {editor!r} was stopped; nothing was taken over.")
    if code != 0:
        raise Unavailable(
            f"The editor {editor!r} ended with status {code}; nothing was taken over."
        )
