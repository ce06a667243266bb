"""Starting a model server, waiting until it answers, and ending it without a trace."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground.domain.errors import BadInput, EngineUnavailable, Unavailable
from playground.engines.launching.listening import is_foreign
from playground.engines.launching.shared_memory import forget, mapped_by
from playground.security.logs import get_logger
from playground.security.room.folders import locked_folder, sweep
from playground.security.scrubbing import Scrubber
from playground.security.server_process import ServerCall, ServerProcess

HOST = "127.0.0.1"
_PREFIX = "playground-server-"
_KEYS = "keys.yaml"
_SHARED = "shared-memory"
_STOP_S = 10.0
_POLL_S = 0.25
_LINES_KEPT = 200
_LINE_CHARS = 300
_REQUEST = re.compile(r'"(?:GET|POST) /\S* HTTP/')  # one line for each of our own calls
_COMPLAINT = re.compile(r"(error|exception|failed|not found|killed|no module)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What to start.

    Attributes:
        command: the program by its absolute path and its arguments, without address and keys.
        port: where it listens, 0 for a free one.
        start_s: seconds that it may take to load its model.
        environment: variables for it.
    """

    command: tuple[str, ...]
    port: int
    start_s: float
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class RunningServer:
    """A server of ours, in a folder of its own, with keys that only we know.

    Attributes:
        port: where it listens.
        api_key: for questions.
        admin_key: for what changes it.

    Args:
        plan: what to start.
        answers: whether a server at this port, with these keys, is ready.

    Raises:
        BadInput: the port is in use or the command cannot be used.
        EngineUnavailable: it ended, or was not ready in time.
    """

    def __init__(self, plan: ServerPlan, *, answers: Callable[[RunningServer], bool]) -> None:
        self.port = _free_port(plan.port)
        # SGLang makes arguments of its settings file, so no key may begin like an option
        self.api_key, self.admin_key = secrets.token_hex(32), secrets.token_hex(32)
        self._scrubber = Scrubber(frozenset({self.api_key, self.admin_key}))
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._log = get_logger("engine.server")
        base = Path(tempfile.gettempdir())
        sweep(base, prefix=_PREFIX, before=_forget_shared)
        try:
            self.folder, self._held = locked_folder(base, prefix=_PREFIX)
        except OSError as error:
            raise EngineUnavailable(
                f"{base} cannot be written ({error.strerror}); free some room there."
            ) from error
        try:
            self._process = self._started(plan)
            self._until_ready(plan.start_s, answers)
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that the server printed, without keys."""
        return tuple(self._lines)

    def trouble(self) -> EngineUnavailable:
        """Returns the error that says why the server does not answer."""
        if self.alive:
            return EngineUnavailable("The server broke a call off; ask again.")
        return EngineUnavailable(f"{self._end_in_words()}; ask again to start it anew.")

    def stop(self) -> None:
        """Ends the server with all its processes and removes its folder; may be called twice."""
        process: ServerProcess | None = getattr(self, "_process", None)
        if process is not None:
            left = mapped_by(process.pid)  # also of a server that was never ready
            process.stop(grace_s=_STOP_S)
            forget(left)
        _forget_shared(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self._held)
        self._held = -1

    def _started(self, plan: ServerPlan) -> ServerProcess:
        keys = self.folder / _KEYS
        written = os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(written, "w", encoding="utf-8") as stream:
            stream.write(f'api-key: "{self.api_key}"\nadmin-api-key: "{self.admin_key}"\n')
        address = ("--host", HOST, "--port", str(self.port), "--config", str(keys))
        call = ServerCall((*plan.command, *address), self.folder, self._heard, plan.environment)
        try:
            return ServerProcess(call)
        except Unavailable as error:
            raise EngineUnavailable(str(error)) from error

    def _until_ready(self, start_s: float, answers: Callable[[RunningServer], bool]) -> None:
        deadline = time.monotonic() + start_s
        while time.monotonic() < deadline:
            if not self.alive:
                raise EngineUnavailable(
                    f"{self._end_in_words()}; correct command, model_path or args."
                )
            if not is_foreign(self.port) and answers(self):
                (self.folder / _KEYS).unlink()
                files = mapped_by(self._process.pid)
                text = "\n".join(str(file) for file in files)
                (self.folder / _SHARED).write_text(text, encoding="utf-8")
                return
            time.sleep(_POLL_S)
        raise EngineUnavailable(
            f"The server was not ready within {start_s:.0f} s; "
            "raise start_s or choose a smaller model."
        )

    def _heard(self, line: str) -> None:
        if _REQUEST.search(line):
            return
        clean = self._scrubber.text(line)[:_LINE_CHARS]
        self._lines.append(clean)
        self._log.debug("server said", line=clean)

    def _end_in_words(self) -> str:
        time.sleep(_POLL_S)  # its last lines may still be on their way
        for line in self._lines:
            self._log.error("server said before it ended", line=line)
        complaints = [line for line in self._lines if _COMPLAINT.search(line)]
        last = (complaints or list(self._lines) or ["it said nothing"])[-1]
        said = "".join(c for c in last.strip() if c.isprintable()).rstrip(".")
        return f"The server ended with status {self._process.returncode} ({said})"


def _forget_shared(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lines = (folder / _SHARED).read_text("utf-8").splitlines()
        forget(Path(line) for line in lines)


def _free_port(wanted: int) -> int:
    """Returns the port, one that is free for 0.

    Raises:
        BadInput: somebody listens there already.
    """
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, wanted))
            tried.listen(1)
        except OSError as error:
            raise BadInput(
                f"Port {wanted} is in use; choose another one, or 0 for a free one."
            ) from error
        return int(tried.getsockname()[1])
