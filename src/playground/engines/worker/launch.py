"""Starting a worker, and telling why one ended."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playground.domain.errors import EngineUnavailable
from playground.engines.worker.prefixes import PrefixPlan
from playground.engines.worker.wire import Tuning, WorkerReport, WorkerSettings
from playground.security.room.folders import locked_folder, sweep
from playground.security.worker_process import WorkerCall, WorkerProcess

_MODULE = "playground.engines.worker"
_PREFIX = "playground-worker-"
_BASE_BYTES_MAX = 54  # a unix socket's path has room for about 100 bytes
_START_S = 300.0
_STOP_S = 2.0
_POLL_S = 0.2
_TAIL_BYTES = 4_096
# Idle threads would spin by default, which costs ten times the wall time on a busy machine.
_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What a worker serves.

    Attributes:
        model: the verified model file.
        context_tokens: tokens of each slot.
        slots: answers decoded side by side.
        threads: threads for decoding and for reading prompts.
        prefixes: where read beginnings of prompts are kept, None for nowhere.
        tuning: how the library works.
    """

    model: Path
    context_tokens: int
    slots: int
    threads: int
    prefixes: PrefixPlan | None = None
    tuning: Tuning = field(default_factory=Tuning)


class RunningWorker:
    """A worker that has loaded its model.

    Attributes:
        socket: path of its unix socket.
        api_key: what it asks callers for.
        version: the library's version.
        folder: its private folder.

    Args:
        plan: what it serves.
        wanted: asked while the model is loaded; False ends the start.

    Raises:
        EngineUnavailable: it cannot be started, or is no longer wanted.
        Unavailable: the system could not start a process.
    """

    def __init__(self, plan: WorkerPlan, *, wanted: Callable[[], bool] = lambda: True) -> None:
        self._wanted = wanted
        self.folder, self._held = _folder()
        self.socket = self.folder / "e.sock"  # the ending is what makes it a unix socket
        self.api_key = secrets.token_urlsafe(32)
        self.version = ""
        settings = WorkerSettings(
            parent=os.getpid(),
            folder=str(self.folder),
            socket=str(self.socket),
            api_key=self.api_key,
            model=str(plan.model),
            context_tokens=plan.context_tokens,
            slots=plan.slots,
            threads=plan.threads,
            tuning=plan.tuning,
        )
        log = self.folder / "log"
        call = WorkerCall(_MODULE, self.folder, log, settings.line(), _ENVIRONMENT)
        try:
            self._process = WorkerProcess(call)
        except BaseException:
            self._clear_away()
            raise
        try:
            self.version = self._until_ready(time.monotonic() + _START_S)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    def trouble(self) -> EngineUnavailable:
        """Returns the error that says why the worker no longer answers."""
        deadline = time.monotonic() + 1.0
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.02)  # a process that was just killed is reaped in a moment
        code = self._process.returncode
        if code is None:
            return EngineUnavailable("The model's process broke a call off; ask again.")
        return EngineUnavailable(_why(code))

    def stop(self) -> None:
        """Ends the process and removes its folder; may be called twice."""
        self._process.stop(grace_s=_STOP_S if self.version else 0)
        self._clear_away()

    def _clear_away(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self._held)
        self._held = -1

    def _until_ready(self, deadline: float) -> str:
        while time.monotonic() < deadline:
            if not self._wanted():
                raise EngineUnavailable("The engine was closed while its model was loaded.")
            line = self._process.line(timeout_s=_POLL_S)
            if line is not None:
                return self._read(line)
        raise EngineUnavailable(
            f"The model was not loaded within {_START_S:.0f} s; "
            "free memory and processors or choose a smaller model."
        )

    def _read(self, line: str) -> str:
        report = WorkerReport.read(line)
        if report.state == "ready":
            return report.detail
        if report.state == "missing":
            raise EngineUnavailable(_missing(report.detail))
        if not line:
            raise self.trouble()
        raise EngineUnavailable(
            f"The model could not be loaded ({_shortened(report.detail, self.folder / 'log')}); "
            "run `playground model verify` and make sure that enough memory is free."
        )


def _folder() -> tuple[Path, int]:
    """Makes a locked folder; what workers of killed owners left behind goes first.

    Raises:
        EngineUnavailable: there is no place for it.
    """
    try:
        base = Path(tempfile.gettempdir())
        if len(os.fsencode(base)) > _BASE_BYTES_MAX:
            base = Path(base.anchor, "tmp")
        sweep(base, prefix=_PREFIX)
        return locked_folder(base, prefix=_PREFIX)
    except OSError as error:
        raise EngineUnavailable(
            f"The model's process has no temporary folder ({error.strerror}); "
            "free some space in it or let TMPDIR name one that can be written."
        ) from error


def _why(code: int) -> str:
    if code == -signal.SIGKILL:
        return (
            "The model's process was killed, most likely because memory ran out; "
            "free some memory or choose the model qwen2.5-coder-0.5b."
        )
    if code < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-code, f"signal {-code}")
        return f"The model's process ended with {name}; ask again to start it anew."
    return f"The model's process ended with status {code}; ask again to start it anew."


def _missing(detail: str) -> str:
    if "libgomp" in detail:
        return (
            "The library libgomp is missing, which the built-in engine needs; "
            "install it, on Debian and Ubuntu with `apt-get install libgomp1`."
        )
    return (
        f"The built-in engine cannot be loaded ({detail.splitlines()[0][:200]}); "
        "install Playground again from its lock file."
    )


def _shortened(detail: str, log: Path) -> str:
    """Returns the log's first complaint: the others, and the exception, follow from it."""
    try:
        tail = log.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace")
    except OSError:
        tail = ""
    complaints = [line.partition(" E ")[2] for line in tail.splitlines() if " E " in line]
    first = next(iter([*complaints, *detail.splitlines()]), "it does not say why")
    return "".join(c for c in first.strip() if c.isprintable())[:200].rstrip(".")
