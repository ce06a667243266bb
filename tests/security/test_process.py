"""The one start of analyzer programs keeps its promises about limits and environment."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from playground.domain.errors import AnalyzerUnavailable, BadInput, Unavailable
from playground.security.calls import OpenEntry
from playground.security.process import (
    Program,
    Room,
    ToolCall,
    ToolStatus,
    open_editor,
    run_tool,
    tool_version,
)


def _call(scratch: Path, *arguments: str, timeout_s: float = 60.0, most: int = 1 << 20) -> ToolCall:
    return ToolCall(Program.RUFF, arguments, scratch, timeout_s, output_bytes_max=most)


def _python(code: str) -> Room:
    return lambda _argv, _call: OpenEntry((sys.executable, "-I", "-S", "-c", code))


def test_ruff_and_node_start_and_say_their_versions(tmp_path: Path) -> None:
    ruff = run_tool(_call(tmp_path, "--version"))
    assert ruff.status is ToolStatus.OK
    assert tool_version(Program.RUFF) in ruff.stdout.decode()
    call = ToolCall(Program.PYRIGHT, ("--version",), tmp_path, 30.0)
    assert tool_version(Program.PYRIGHT) in run_tool(call).stdout.decode()


def test_the_environment_is_built_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("PYTHONPATH", ".")
    code = "import os, json; print(json.dumps([dict(os.environ), os.getcwd()]))"
    result = run_tool(_call(tmp_path), room=_python(code))
    environment, folder = json.loads(result.stdout)
    assert not {"SECRET_TOKEN", "PYTHONPATH", "VIRTUAL_ENV"} & environment.keys()
    assert not Path(environment["PATH"]).exists()
    assert environment["HOME"] == folder == str(tmp_path)


def test_standard_input_is_empty_and_no_descriptor_is_handed_on(tmp_path: Path) -> None:
    code = "import os, sys; print(repr(sys.stdin.read()), sorted(os.listdir('/proc/self/fd')))"
    with (tmp_path / "open").open("w") as held:
        fcntl.fcntl(held.fileno(), fcntl.F_SETFD, 0)
        output = run_tool(_call(tmp_path), room=_python(code)).stdout.decode()
    assert output.split(" ", 1)[0] == "''"
    # 0 to 2 and the one that lists the folder.
    assert len(output.split("[")[1].split(",")) == 4


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, time\n"
        "child = os.fork()\n"
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "time.sleep(60)"
    )
    for timeout_s in (1.0, 5.0, 25.0):  # a busy machine may not have started both after one
        pids.unlink(missing_ok=True)
        result = run_tool(_call(tmp_path, timeout_s=timeout_s), room=_python(code))
        assert result.status is ToolStatus.TIMEOUT
        assert result.seconds < timeout_s + 30
        if pids.exists() and len(pids.read_text().split()) == 2:
            break
    started = [int(pid) for pid in pids.read_text().split()]
    assert len(started) == 2
    assert all(_is_gone(pid) for pid in started)


def _is_gone(pid: int) -> bool:
    for _ in range(600):
        try:
            os.kill(pid, 0)
            if "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]:
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_an_interrupted_wait_leaves_nothing_running(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from playground.security.calls import OpenEntry\n"
        "from playground.security.process import Program, ToolCall, run_tool\n"
        "room = lambda argv, call: OpenEntry(('/bin/sh', '-c', 'echo $$ > pid; sleep 60'))\n"
        "run_tool(ToolCall(Program.RUFF, (), Path(sys.argv[1]), 50.0), room=room)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.DEVNULL
    )
    pid = tmp_path / "pid"
    for _ in range(1_200):
        if pid.exists() and pid.read_text().strip():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    assert _is_gone(int(pid.read_text()))


def test_a_closed_output_does_not_lift_the_deadline(tmp_path: Path) -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    result = run_tool(_call(tmp_path, timeout_s=0.7), room=_python(code))
    assert result.status is ToolStatus.TIMEOUT


def test_too_much_output_is_cut_off(tmp_path: Path) -> None:
    code = "import os\nwhile True: os.write(1, b'x' * 65536)"
    result = run_tool(_call(tmp_path, most=1 << 20), room=_python(code))
    assert result.status is ToolStatus.TOO_MUCH_OUTPUT
    assert len(result.stdout) < 2 << 20


def test_a_program_that_a_signal_ends_has_crashed(tmp_path: Path) -> None:
    result = run_tool(_call(tmp_path), room=_python("import os; os.abort()"))
    assert (result.status, result.returncode) == (ToolStatus.CRASHED, -signal.SIGABRT)


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set through Linux's prlimit")
def test_limits_hold_on_the_running_program(tmp_path: Path) -> None:
    code = (
        "import resource, time\n"
        "until = time.monotonic() + 20\n"  # they are set right after the start
        "while resource.getrlimit(resource.RLIMIT_AS)[0] < 0 and time.monotonic() < until:\n"
        "    time.sleep(0.01)\n"
        "names = ('CORE', 'FSIZE', 'CPU', 'AS')\n"
        "print(*(resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[0] for n in names))"
    )
    result = run_tool(_call(tmp_path, timeout_s=30.0), room=_python(code))
    core, file_bytes, cpu_s, memory = map(int, result.stdout.split())
    assert (core, file_bytes, cpu_s, memory) == (0, 64 << 20, 125, 2 << 30)


def test_threads_may_start_programs_side_by_side(tmp_path: Path) -> None:
    results: list[ToolStatus] = []

    def start() -> None:
        results.append(run_tool(_call(tmp_path, "--version")).status)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [ToolStatus.OK] * 8


def test_a_program_that_cannot_be_started_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerUnavailable, match="install"):
        run_tool(_call(tmp_path), room=lambda _argv, _call: OpenEntry((str(tmp_path / "missing"),)))


def test_the_editor_gets_the_file_and_the_persons_environment(tmp_path: Path) -> None:
    editor = tmp_path / "bin" / "ed it"
    editor.parent.mkdir()
    editor.write_text('#!/bin/sh\necho "$GREETING $1" > "$2"\n')
    editor.chmod(0o755)
    target = tmp_path / "draft.py"
    environment = {"PATH": f"{editor.parent}:/usr/bin:/bin", "GREETING": "hello"}
    open_editor(target, editor="'ed it' --wait", environment=environment)
    assert target.read_text() == "hello --wait\n"


def test_an_editor_is_never_found_through_a_relative_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "vi"
    planted.write_text("#!/bin/sh\ntouch MARKER\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="not found"):
        open_editor(tmp_path / "f", editor="vi", environment={"PATH": ".:"})
    assert not (tmp_path / "MARKER").exists()


@pytest.mark.parametrize("editor", ["", "no-such-editor", "'open quote"])
def test_an_editor_that_cannot_be_used_is_bad_input(tmp_path: Path, editor: str) -> None:
    with pytest.raises(BadInput):
        open_editor(tmp_path / "f", editor=editor, environment={"PATH": "/usr/bin:/bin"})


def test_a_failing_editor_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="status 3"):
        open_editor(tmp_path / "f", editor="sh -c 'exit 3'", environment={"PATH": "/usr/bin:/bin"})
