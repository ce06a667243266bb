"""Analyzer programs that stay: spoken to over pipes, watched, and gone when they are told to."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from playground.domain.errors import AnalyzerUnavailable
from playground.security.calls import OpenEntry
from playground.security.process import Program, Room, ServerCall, ToolServer, start_tool

ECHO = "import os\nwhile data := os.read(0, 65536): os.write(1, data)"


def _python(code: str) -> Room:
    return lambda _argv, _call: OpenEntry((sys.executable, "-I", "-S", "-c", code))


@contextlib.contextmanager
def _server(scratch: Path, code: str) -> Generator[ToolServer]:
    server = start_tool(ServerCall(Program.RUFF, (), scratch), room=_python(code))
    try:
        yield server
    finally:
        server.kill()


def _wait_for_the_end(server: ToolServer) -> None:
    deadline = time.monotonic() + 60
    while server.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.alive


def test_what_is_sent_comes_back_in_pieces(tmp_path: Path) -> None:
    with _server(tmp_path, ECHO) as server:
        data = os.urandom(40_000)
        server.send(data, timeout_s=60)
        got = b""
        while len(got) < len(data):
            got += server.receive(timeout_s=60)
        assert got == data
        assert server.alive


def test_silence_is_a_timeout_and_leaves_it_alive(tmp_path: Path) -> None:
    with _server(tmp_path, ECHO) as server:
        with pytest.raises(TimeoutError):
            server.receive(timeout_s=0.1)
        server.send(b"still there", timeout_s=60)
        assert server.receive(timeout_s=60) == b"still there"


def test_one_that_does_not_read_is_found_out_in_time(tmp_path: Path) -> None:
    with _server(tmp_path, "import time; time.sleep(60)") as server:
        began = time.monotonic()
        with pytest.raises(AnalyzerUnavailable, match="does not read"):
            server.send(bytes(1 << 20), timeout_s=0.3)
        assert time.monotonic() - began < 30


def test_its_end_is_told_apart_from_silence(tmp_path: Path) -> None:
    with _server(tmp_path, "import os; os.write(2, b'reason'); os._exit(3)") as server:
        with pytest.raises(AnalyzerUnavailable, match="ended"):
            server.receive(timeout_s=60)
        _wait_for_the_end(server)
        with pytest.raises(AnalyzerUnavailable):
            server.send(bytes(1 << 20), timeout_s=1)
        assert server.last_words == "reason"


def test_a_flood_on_standard_error_does_not_stop_it(tmp_path: Path) -> None:
    flood = (
        "import os\nfor _ in range(64): os.write(2, b'x' * 65536)\nos.write(1, b'done')\n" + ECHO
    )
    with _server(tmp_path, flood) as server:
        assert server.receive(timeout_s=60) == b"done"
        assert len(server.last_words) < 1 << 15


def test_killing_takes_the_children_too_and_may_be_repeated(tmp_path: Path) -> None:
    code = "import os, time\nprint(os.fork(), flush=True)\ntime.sleep(60)"
    with _server(tmp_path, code) as server:
        children = b""
        while children.count(b"\n") < 2:
            children += server.receive(timeout_s=60)
        server.kill()
        server.kill()
        _wait_for_the_end(server)
        server.kill()
        with pytest.raises(AnalyzerUnavailable, match="ended"):
            server.receive(timeout_s=1)
        deadline = time.monotonic() + 60
        for pid in filter(None, map(int, children.split())):
            while _state(pid) != "Z":
                assert time.monotonic() < deadline
                time.sleep(0.01)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="read from Linux's /proc")
def test_its_memory_and_time_are_those_of_all_its_processes(tmp_path: Path) -> None:
    code = (
        "import os, time\nos.fork()\nheld = b'x' * (40 << 20)\n"
        "until = time.process_time() + 0.2\nwhile time.process_time() < until: pass\n"
        "os.write(1, b'!')\ntime.sleep(60)"
    )
    with _server(tmp_path, code) as server:
        got = b""
        while len(got) < 2:
            got += server.receive(timeout_s=60)
        usage = server.usage()
        assert 80 << 20 < usage.resident_bytes < 300 << 20
        assert 0.3 < usage.cpu_s < 30


def test_one_that_cannot_be_started_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerUnavailable, match="install"):
        start_tool(
            ServerCall(Program.RUFF, (), tmp_path),
            room=lambda _argv, _call: OpenEntry((str(tmp_path / "missing"),)),
        )


def test_the_type_checkers_server_answers(tmp_path: Path) -> None:
    with contextlib.closing(_Lsp(tmp_path)) as lsp:
        assert b"Content-Length" in lsp.server.receive(timeout_s=60)


class _Lsp:
    """A server of pyright that was asked to initialise."""

    def __init__(self, scratch: Path) -> None:
        self.server = start_tool(ServerCall(Program.PYRIGHT_SERVER, (), scratch))
        body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,'
        body += b'"rootUri":null,"capabilities":{}}}'
        self.server.send(b"Content-Length: %d\r\n\r\n%s" % (len(body), body), timeout_s=60)

    def close(self) -> None:
        self.server.kill()
