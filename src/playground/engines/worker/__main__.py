"""The worker: reads its settings, loads the model, serves, and ends with whom it belongs to."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from pathlib import Path

from playground.domain.errors import Unavailable
from playground.engines.worker.library import serve, version
from playground.engines.worker.wire import WorkerReport, WorkerSettings

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = "500"


def main() -> None:
    """Serves until standard input ends."""
    settings = WorkerSettings.read(sys.stdin.readline())
    _die_with_parent(settings.parent)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints belongs into the log

    def end(*_: object) -> None:
        shutil.rmtree(settings.folder, ignore_errors=True)
        os._exit(0)

    server, report = _served(settings)
    answer.write(report.line() + "\n")
    answer.flush()
    if server is None:
        return  # whoever started it reads in the log why, and then removes the folder
    signal.signal(signal.SIGTERM, end)
    sys.stdin.read()
    end()


def _served(settings: WorkerSettings) -> tuple[object | None, WorkerReport]:
    try:
        return serve(settings), WorkerReport("ready", version())
    except Unavailable as error:
        return None, WorkerReport("missing", str(error.__cause__ or error))
    except RuntimeError as error:
        return None, WorkerReport("failed", str(error))


def _die_with_parent(parent: int) -> None:
    """Asks the kernel for a signal when the parent dies, even while the model is being loaded."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)
    try:
        # When memory runs out, the kernel should end this process before the person's work.
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    except OSError:
        return


if __name__ == "__main__":
    main()
