"""The worker without a model, on a bad day: closed, killed or stopped at the wrong moment."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from playground.domain.errors import EngineUnavailable
from playground.engines.calls import Calls
from playground.engines.worker.client import WorkerClient
from playground.engines.worker.host import WorkerHost
from playground.engines.worker.launch import RunningWorker, WorkerPlan
from playground.engines.worker.template import Piece


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def endless(short: Path) -> Path:
    """A model that nobody ever loads: whoever opens it waits for a writer."""
    os.mkfifo(short / "endless.gguf")
    return short / "endless.gguf"


def loading_worker() -> int:
    """Returns the worker that this process has just started."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for children in Path("/proc/self/task").glob("*/children"):
            with contextlib.suppress(OSError):  # others come and go meanwhile
                for pid in children.read_text().split():
                    if b"engines.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        return int(pid)
        time.sleep(0.05)
    raise AssertionError("no worker was started")


def test_closing_ends_a_worker_that_still_loads(endless: Path) -> None:
    host = WorkerHost(lambda: WorkerPlan(endless, 4096, 1, 1))
    with ThreadPoolExecutor(max_workers=1) as pool:
        loading = pool.submit(host.session)
        time.sleep(1.0)
        began = time.monotonic()
        host.close()
        assert time.monotonic() - began < 5
        with pytest.raises(EngineUnavailable, match="closed while its model was loaded"):
            loading.result()


STARTS = textwrap.dedent("""
    import os, sys, tempfile
    from pathlib import Path
    from playground.domain.errors import EngineUnavailable
    from playground.engines.worker.host import WorkerHost
    from playground.engines.worker.launch import WorkerPlan

    temporary = Path(tempfile.gettempdir())
    temporary.rmdir()
    host = WorkerHost(lambda: WorkerPlan(temporary / "x.gguf", 4096, 1, 1))

    def tell():
        try:
            host.session()
        except EngineUnavailable as error:
            print(error)

    tell()
    temporary.mkdir()
    sys.executable = "/no/python"
    files = len(os.listdir("/dev/fd"))
    tell()
    print(len(os.listdir("/dev/fd")) - files, len(os.listdir(temporary)))
""")


def test_whatever_stands_in_the_way_of_a_start_is_an_unavailable_engine(short: Path) -> None:
    (short / "t").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", STARTS],
        env={**os.environ, "TMPDIR": str(short / "t")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    folder, process, left = done.stdout.splitlines()
    assert "let TMPDIR name one that can be written" in folder
    assert "No process could be started" in process
    assert left == "0 0"


def test_a_worker_that_never_answers_holds_no_call_beyond_its_time(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(short / "e.sock"))
        mute.listen()
        client = WorkerClient(short / "e.sock", api_key="key")
        began = time.monotonic()
        with Calls().running("1", deadline_s=0.3) as call, pytest.raises(httpx2.HTTPError):
            client.prompt((Piece("never read before"),), call=call)
        assert call.over
        assert time.monotonic() - began < 5
        client.close()


def test_a_model_that_cannot_be_loaded_is_told_with_the_first_reason(short: Path) -> None:
    (short / "wrong.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(EngineUnavailable) as caught:
        RunningWorker(WorkerPlan(short / "wrong.gguf", 4096, 1, 1))
    assert "could not be loaded (gguf_init" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_signal_without_a_name_is_told_too(endless: Path) -> None:
    host = WorkerHost(lambda: WorkerPlan(endless, 4096, 1, 1))
    with ThreadPoolExecutor(max_workers=1) as pool:
        loading = pool.submit(host.session)
        try:
            os.kill(loading_worker(), 40)
        except AssertionError:
            host.close()
            raise
        with pytest.raises(EngineUnavailable, match="ended with signal 40;"):
            loading.result()
    host.close()
