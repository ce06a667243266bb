"""The sealed room holds against a hostile program, with every set of layers, for every user."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import structlog
from room_world import EVERY, KERNEL, PAYLOAD, WITHOUT_LANDLOCK, attack, control, python_plan, world

from playground.domain.errors import AnalyzerUnavailable
from playground.security.calls import Call
from playground.security.logs import FILE_NAME, LogSettings, close_logging, configure_logging
from playground.security.process import (
    Program,
    ServerCall,
    ToolCall,
    ToolStatus,
    run_tool,
    start_tool,
)
from playground.security.room.entering import SealedEntry
from playground.security.room.files import interpreter
from playground.security.room.plan import Plan
from playground.security.room.sealed import SealedRoom
from playground.security.starting import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the room is made of Linux's parts")


def named(only: frozenset[str]) -> str:
    """The layers' names, for the name of a test."""
    return ",".join(sorted(only))


NOBODY = 65534
COMBINATIONS = [EVERY, KERNEL, WITHOUT_LANDLOCK]
ONE_QUICKLY = [EVERY, *(pytest.param(only, marks=pytest.mark.slow) for only in COMBINATIONS[1:])]
BREAKS_OUT = [
    *("read the passwords", "read a secret of the person", "list the home"),
    *("read it by its folder's descriptor", "read the parent's environment"),
    *("list the folder of the secret", "start a program by descriptor"),
    *("write over the secret", "write beside the secret", "write where it may read"),
    *("make a folder", "make a pipe", "change the secret's mode", "change the secret's time"),
    *("remove the secret", "link the secret in", "point at the secret", "watch the folder"),
    *("connect by TCP", "send by UDP", "connect to a Unix socket", "listen"),
    *("connect to an abstract socket", "begin a process", "begin a process by clone"),
    *("start a shell", "start a program from memory", "start a program that it wrote"),
    *("start a program by the loader", "start its own program anew", "make memory files"),
    *("start a program by spawn", "signal the parent", "limit the parent", "outlive the parent"),
    *("get a handle on the parent", "share memory by name", "shorten the secret"),
    *("signal the parent by way of a pipe", "choose the signal of a pipe", "make writers wait"),
]


def rooms(only: frozenset[str]) -> SealedRoom:
    room = SealedRoom(only=only)
    if frozenset(room.layers().names) != only:
        pytest.skip(f"this system does not offer {', '.join(sorted(only))}")
    return room


@pytest.mark.parametrize("private", [False, True], ids=["read-only", "private-folder"])
@pytest.mark.parametrize("only", COMBINATIONS, ids=named)
def test_nothing_gets_out(tmp_path: Path, only: frozenset[str], *, private: bool) -> None:
    with world(tmp_path / "world") as at:
        before = {path: path.read_bytes() for path in at.outside.glob("*") if path.is_file()}
        found, receipt = attack(rooms(only), at, private=private)
        after = {path: path.read_bytes() for path in at.outside.glob("*") if path.is_file()}
        assert found.pop("be honest") == "worked"
        assert len(found) > 70
        assert not [name for name, answer in found.items() if answer == "worked"]
        assert after == before
        assert not list(at.scratch.iterdir())
    assert set(receipt.layers) == only
    assert not receipt.outside
    assert len(receipt.refused) >= 13


def test_the_same_program_breaks_out_where_there_is_no_room(tmp_path: Path) -> None:
    with world(tmp_path / "world") as at:
        found = control(at, BREAKS_OUT)
    assert not {name: answer for name, answer in found.items() if answer != "worked"}


def accessible_python() -> Path | None:
    """An interpreter that every user may start, with the version of ours."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for path in (interpreter(), Path(f"/usr/bin/python{version}"), Path("/usr/local/bin/python3")):
        folders = [path, *path.parents]
        if path.exists() and all(folder.stat().st_mode & 0o001 for folder in folders):
            return path
    return None


@pytest.fixture
def everybodys() -> Generator[Path]:
    """A folder that every user may enter, with copies of what the room is made of."""
    folder = Path(tempfile.mkdtemp(prefix="room-for-everybody-"))
    folder.chmod(0o755)
    product = Path(__file__).parents[2] / "src" / "playground"
    leave_out = shutil.ignore_patterns("__pycache__")
    try:
        library = Path(structlog.__file__).parent
        shutil.copytree(library, folder / "structlog", ignore=leave_out)
        for name in ("domain", "security"):
            shutil.copytree(product / name, folder / "playground" / name, ignore=leave_out)
        shutil.copy(product / "__init__.py", folder / "playground")
        (folder / "tests").mkdir()
        shutil.copy(Path(__file__).with_name("room_world.py"), folder / "tests")
        shutil.copytree(PAYLOAD.parent, folder / "cases" / "room")
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("only", COMBINATIONS, ids=named)
def test_it_holds_for_an_ordinary_user_too(everybodys: Path, only: frozenset[str]) -> None:
    python = accessible_python()
    if os.getuid() != 0 or python is None:
        pytest.skip("only root can become an ordinary user, and only with a Python for everybody")
    rooms(only)
    code = (
        f"import sys; sys.path += [{str(everybodys)!r}, {str(everybodys / 'tests')!r}];"
        "sys.dont_write_bytecode = True; import room_world; room_world.main()"
    )
    done = subprocess.run(
        [python, "-I", "-S", "-c", code, ",".join(only), everybodys / "open" / "world"],
        capture_output=True,
        check=False,
        cwd="/",
        timeout=60,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
    )
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    found: dict[str, str] = answer["found"]
    assert answer["uid"] == NOBODY
    assert set(answer["layers"]) == only
    assert found.pop("be honest") == "worked"
    assert not [name for name, result in found.items() if result == "worked"]


def outcome(room: SealedRoom, code: str, folder: Path, **rules: object) -> tuple[int, bytes]:
    """Runs Python code in a room; returns its status and what it wrote."""
    with world(folder) as at:
        argv = (str(interpreter()), "-I", "-S", "-c", code)
        plan = replace(python_plan(at), argv=argv)
        reads = rules.get("reads", ())
        assert isinstance(reads, tuple)
        limits = rules.get("limits", {})
        assert isinstance(limits, dict)
        plan = replace(plan, reads=(*plan.reads, *reads), limits=limits)
        entry = room.enter(plan)
        with contextlib.closing(entry), started(entry, at.scratch) as process:
            entry.prove()
            out, _err = process.communicate(timeout=120)
            return entry.status_of(process.returncode), out


def test_no_power_of_root_is_left(tmp_path: Path) -> None:
    code = "print(open('/proc/self/status').read())"
    _, out = outcome(rooms(KERNEL), code, tmp_path / "world", reads=(Path("/proc"),))
    lines = dict(line.split(":\t", 1) for line in out.decode().splitlines() if ":\t" in line)
    assert {lines[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (lines["NoNewPrivs"], lines["Seccomp"]) == ("1", "2")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="calls of another processor's kind")
def test_calls_of_the_32_bit_kind_end_the_program(tmp_path: Path) -> None:
    code = (
        "import ctypes, mmap\n"
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))\n"  # mov eax, getpid; int 0x80; ret
        "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "print(ctypes.CFUNCTYPE(ctypes.c_int)(at)(), flush=True)"
    )
    for only in COMBINATIONS:
        folder = tmp_path / "-".join(only)
        assert outcome(rooms(only), code, folder) in {
            (-signal.SIGSYS, b""),
            (-signal.SIGSEGV, b""),  # a kernel without such calls
        }


@pytest.mark.parametrize("only", COMBINATIONS, ids=named)
def test_limits_and_statuses_come_through(tmp_path: Path, only: frozenset[str]) -> None:
    code = (
        "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[1])\nraise SystemExit(3)"
    )
    room = rooms(only)
    assert outcome(room, code, tmp_path / "a", limits={"NOFILE": 77}) == (3, b"77\n")
    status, _ = outcome(room, "import os; os.abort()", tmp_path / "b")
    assert status == -signal.SIGABRT


def test_a_room_that_leaks_is_refused(tmp_path: Path) -> None:
    room = rooms(KERNEL)
    with world(tmp_path / "world") as at:
        plan = replace(python_plan(at), argv=(str(interpreter()), "-I", "-S", "-c", "print(1)"))
        everything = replace(plan, reads=(*plan.reads, Path("/")))
        entry = room.enter(everything)
        with contextlib.closing(entry), started(entry, at.scratch) as process:
            with pytest.raises(AnalyzerUnavailable, match="leaks"):
                entry.prove()
            process.kill()
            assert process.communicate()[0] in {b"", b"1\n"}
        assert entry.receipt().outside


def test_a_program_that_cannot_be_started_is_told_apart(tmp_path: Path) -> None:
    with world(tmp_path / "world") as at:
        plan = replace(python_plan(at), argv=(str(tmp_path / "missing"),))
        entry = rooms(KERNEL).enter(plan)
        with contextlib.closing(entry), started(entry, at.scratch) as process:
            with pytest.raises(AnalyzerUnavailable, match="No such file"):
                entry.prove()
            process.wait()


def test_a_launcher_that_says_nothing_is_no_proof(tmp_path: Path) -> None:
    entry = rooms(KERNEL).enter(Plan((), tmp_path))
    entry.argv = ("/bin/true",)
    with contextlib.closing(entry), started(entry, tmp_path) as process:
        with pytest.raises(AnalyzerUnavailable, match="no proof"):
            entry.prove()
        process.wait()


@pytest.mark.parametrize(
    "only", [frozenset({"seccomp"}), frozenset({"landlock"}), frozenset[str]()]
)
def test_where_nothing_holds_the_one_setting_is_named(tmp_path: Path, only: frozenset[str]) -> None:
    room = SealedRoom(only=only)
    assert not room.layers().hold
    call = ToolCall(Program.RUFF, ("--version",), tmp_path, 60.0)
    with pytest.raises(AnalyzerUnavailable, match="`room: open`"):
        run_tool(call, room=room)
    with pytest.raises(AnalyzerUnavailable, match="`room: open`"):
        start_tool(ServerCall(Program.PYRIGHT_SERVER, (), tmp_path), room=room)


SAMPLE = "import os\nimport sample.other\n\nx: int = sample.other.value()\n"
OTHER = "def value() -> str:\n    return undefined\n"


@pytest.mark.parametrize(
    "program", [Program.RUFF, pytest.param(Program.PYRIGHT, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("only", COMBINATIONS, ids=named)
def test_analyzers_find_the_same_inside(
    tmp_path: Path, only: frozenset[str], program: Program
) -> None:
    room = rooms(only)
    tree, scratch = tmp_path / "tree", tmp_path / "scratch"
    (tree / "sample").mkdir(parents=True)
    scratch.mkdir()
    (tree / "sample" / "main.py").write_text(SAMPLE)
    (tree / "sample" / "other.py").write_text(OTHER)
    config = tree / "pyrightconfig.json"
    config.write_text('{"include": ["sample"]}')
    arguments = {
        Program.RUFF: ("check", "--isolated", "--no-cache", "--output-format", "json", str(tree)),
        Program.PYRIGHT: ("--outputjson", "-p", str(config)),
    }
    call = ToolCall(program, arguments[program], scratch, 60.0, (tree,))
    outside, inside = run_tool(call), run_tool(call, room=room)
    assert inside.status is ToolStatus.OK
    assert inside.returncode == outside.returncode == 1
    assert inside.stdout.count(b"F821") + inside.stdout.count(b'"rule"') >= 1
    assert comparable(inside.stdout) == comparable(outside.stdout)
    assert set(inside.receipt.layers) == only
    assert not outside.receipt.digest
    assert not list(scratch.iterdir())


def comparable(report: bytes) -> object:
    """The report without its times."""
    found: object = json.loads(report)
    if isinstance(found, dict):
        members = cast("dict[str, object]", found)
        return {name: members[name] for name in members.keys() - {"time", "summary"}}
    return found


def test_a_receipt_names_what_was_started(tmp_path: Path) -> None:
    room = rooms(KERNEL)
    call = ToolCall(Program.RUFF, ("--version",), tmp_path, 60.0)
    first, second = run_tool(call, room=room).receipt, run_tool(call, room=room).receipt
    assert first == second
    assert len(first.digest) == len(first.policy_digest) == 64
    for path, digest in first.programs:
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
    assert [Path(path).name for path, _ in first.programs][-1] == "ruff"
    other = run_tool(replace(call, reads=(tmp_path,)), room=room).receipt
    assert other.policy_digest != first.policy_digest
    assert other.digest != first.digest


def test_the_log_holds_the_whole_receipt_once(tmp_path: Path) -> None:
    configure_logging(LogSettings(folder=tmp_path / "logs"))
    try:
        call = ToolCall(Program.RUFF, ("--version",), tmp_path, 60.0, (tmp_path,))
        room = rooms(KERNEL)
        receipts = [run_tool(call, room=room).receipt for _ in range(2)]
    finally:
        close_logging()
    lines = [json.loads(line) for line in (tmp_path / "logs" / FILE_NAME).read_text().splitlines()]
    found = [line for line in lines if line.get("digest") == receipts[0].digest]
    assert len(found) == 1
    assert found[0]["refused"] == list(receipts[0].refused)
    assert found[0]["programs"] == [list(pair) for pair in receipts[0].programs]


@pytest.mark.parametrize("only", ONE_QUICKLY, ids=named)
def test_a_server_answers_inside_and_ends_with_us(tmp_path: Path, only: frozenset[str]) -> None:
    rooms(only)
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from playground.security.process import Program, ServerCall, start_tool\n"
        "from playground.security.room.sealed import SealedRoom\n"
        "room = SealedRoom(only=frozenset(sys.argv[2].split(',')))\n"
        "call = ServerCall(Program.PYRIGHT_SERVER, (), Path(sys.argv[1]))\n"
        "server = start_tool(call, room=room)\n"
        'body = b\'{"jsonrpc":"2.0","id":1,"method":"initialize","params":\'\n'
        'body += b\'{"processId":null,"rootUri":null,"capabilities":{}}}\'\n'
        "server.send(b'Content-Length: %d\\r\\n\\r\\n%s' % (len(body), body), timeout_s=60)\n"
        "answer = server.receive(timeout_s=60)\n"
        "assert b'Content-Length' in answer, answer\n"
        "assert server.usage().resident_bytes > 10 << 20\n"
        "print(server.pid, ','.join(server.receipt.layers), flush=True)\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path, ",".join(only)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        pid, layers = process.stdout.readline().split()
        assert set(layers.split(",")) == only
        assert session_of(int(pid))
        process.kill()
    deadline = time.monotonic() + 60
    while session_of(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not session_of(int(pid))


def session_of(pid: int) -> list[str]:
    """Living processes of a session."""
    found: list[str] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) == pid and state != "Z":
                    found.append(folder.name)
    return found


@pytest.mark.parametrize("only", COMBINATIONS, ids=named)
def test_a_deadline_ends_everything_inside(tmp_path: Path, only: frozenset[str]) -> None:
    room = rooms(only)

    def waiting(argv: tuple[str, ...], call: Call) -> SealedEntry:
        del argv
        with_python = (str(interpreter()), "-I", "-S", "-c", "import time; time.sleep(60)")
        library = Path(sysconfig.get_path("stdlib"))
        return room.enter(Plan(with_python, call.scratch, (interpreter(),), (library,)))

    call = ToolCall(Program.RUFF, (), tmp_path, 0.5)
    began = time.monotonic()
    assert run_tool(call, room=waiting).status is ToolStatus.TIMEOUT
    assert time.monotonic() - began < 30
