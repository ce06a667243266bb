from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_harnesses import counting, inner

from playground.domain.errors import BadConfiguration, BadInput, EngineUnavailable
from playground.domain.ports import Engine, HealthState
from playground.engines.factory import EngineSettings, ModelFactory
from playground.engines.launching.flags import refused, served_name, sglang_arguments
from playground.engines.launching.launch import RunningServer
from playground.engines.launching.listening import is_foreign
from playground.engines.launching.shared_memory import forget
from playground.engines.weights import ModelStore

FAKE = Path(__file__).with_name("fake_sglang.py")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="servers are started on Linux only")
Make = Callable[..., Engine]

pytestmark = LINUX


@pytest.fixture
def make(empty_store: ModelStore) -> Iterator[Make]:
    made: list[ModelFactory] = []

    def engine(*args: str, **options: object) -> Engine:
        command = (sys.executable, str(FAKE))
        given = {"command": command, "args": args, "model": "/models/counter", **options}
        made.append(
            ModelFactory({"it": EngineSettings("sglang", given)}, default="it", store=empty_store)
        )
        return made[-1].get()

    yield engine
    for factory in made:
        factory.close()


def running(engine: Engine) -> RunningServer:
    found = vars(inner(engine))["_running"]
    assert isinstance(found, RunningServer)
    return found


def child_of(server: RunningServer) -> int:
    return int(next(li for li in server.lines if li.startswith("child ")).split()[1])


def gone(pid: int, *, within_s: float = 30.0) -> bool:
    """True when no process of this id runs any more, or soon after."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def memory_of_the_dead() -> list[str]:
    """Files of fakes in shared memory whose process is gone."""
    names = [file.name for file in Path("/dev/shm").glob("sglang_loads_*_0.shm")]
    return [name for name in names if not Path("/proc", name.split("_")[2]).exists()]


def test_a_server_is_started_asked_and_ended_without_a_trace(make: Make) -> None:
    engine = make()
    assert engine.health().state is HealthState.STARTING
    assert engine.generate(counting()).model == "counter"
    server = running(engine)
    folder, child = server.folder, child_of(server)
    shared = Path(f"/dev/shm/sglang_loads_{child}_0.shm")
    assert shared.exists()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (folder / "keys.yaml").exists()
    seen = (
        Path(f"/proc/{server.pid}/cmdline").read_text() + repr(server.lines) + repr(engine.probe())
    )
    assert "server_args=" in seen
    assert server.api_key not in seen
    assert server.admin_key not in seen
    # SGLang hands them to itself as arguments, where a dash in front would make one an option
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in (server.api_key, server.admin_key))
    assert os.getsid(server.pid) == server.pid != os.getsid(0)
    assert engine.health().state is HealthState.READY
    engine.close()
    assert gone(server.pid)
    assert gone(child)
    assert not shared.exists()
    assert not folder.exists()


def test_a_server_that_cannot_start_says_why_without_its_keys(make: Make) -> None:
    engine = make("--die", "no such model")
    with pytest.raises(
        EngineUnavailable, match="RuntimeError: no such model, with \\*\\*\\*"
    ) as caught:
        engine.probe()
    assert "status 1" in str(caught.value)
    assert engine.health().state is HealthState.STARTING


@pytest.mark.slow
def test_a_server_that_is_never_ready_is_given_up_and_ended(make: Make) -> None:
    engine = make("--slow", start_s=1.0)
    with pytest.raises(EngineUnavailable, match="not ready within 1 s"):
        engine.generate(counting())
    assert vars(inner(engine))["_running"] is None
    deadline = time.monotonic() + 30  # another test may be ending its own server
    while memory_of_the_dead():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_closing_gives_up_a_server_that_is_starting(make: Make) -> None:
    engine = make("--slow")
    told: list[str] = []

    def ask() -> None:
        try:
            engine.probe()
        except EngineUnavailable as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    engine.close()
    thread.join(60)  # a server may take ten minutes to start
    assert "closed" in told[0]


def test_a_port_in_use_is_refused_before_anything_starts(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} is in use"):
            make(port=port).probe()


def test_a_port_that_somebody_else_listens_at_is_not_our_server(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"

    def row(address: str, state: str, uid: int) -> str:
        return f"   0: {address} 00000000:0000 {state} 0:0 0:0 0 {uid}\n"

    mine, others = os.getuid(), os.getuid() + 1
    for text, expected in (
        (row("0100007F:7530", "0A", mine), False),
        (row("0100007F:7530", "0A", 0), False),
        (row("0100007F:7530", "0A", others), True),
        (row("00000000:7530", "0A", others) + row("0100007F:7530", "0A", mine), True),
        (row("0100007F:7531", "0A", others), False),
        (row("0100007F:7530", "01", others), False),
        (row("0200A8C0:7530", "0A", others), False),
        ("   0: odd\n", False),
    ):
        table.write_text(head + text)
        assert is_foreign(30_000, table=table) is expected, text
    assert not is_foreign(30_000, table=tmp_path / "missing")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        assert not is_foreign(listening.getsockname()[1])


def test_a_command_is_a_program_by_its_absolute_path(make: Make, tmp_path: Path) -> None:
    for command in (["sglang", "serve"], [str(tmp_path)], [str(tmp_path / "missing")]):
        with pytest.raises(BadInput, match="no program by its absolute path"):
            make(command=command).probe()


@pytest.mark.slow
def test_a_server_that_was_killed_says_so_and_starts_with_the_next_call(make: Make) -> None:
    engine = make()
    engine.probe()
    first = running(engine)
    os.kill(first.pid, signal.SIGKILL)
    assert gone(first.pid)
    with pytest.raises(EngineUnavailable, match=r"status -9 .*ask again to start it anew"):
        engine.generate(counting())
    assert engine.generate(counting()).text
    assert running(engine).pid != first.pid
    assert gone(child_of(first))


OWNER = """
import sys, time
from pathlib import Path
from playground.engines.factory import EngineSettings, ModelFactory
from playground.engines.weights import ModelStore
options = {"command": sys.argv[1:3], "model": "/models/counter"}
store = ModelStore(Path(sys.argv[3]), sources=())
factory = ModelFactory({"it": EngineSettings("sglang", options)}, default="it", store=store)
factory.get().probe()
running = vars(vars(factory.get())["_inner"])["_running"]
print(running.pid, running.folder, flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_server_ends_with_its_owner_however_that_ends(make: Make, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", OWNER, sys.executable, str(FAKE), str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, _, folder = owner.stdout.readline().strip().partition(" ")
        shared = Path((Path(folder) / "shared-memory").read_text())
        owner.kill()
    assert gone(int(pid))
    assert Path(folder).exists()
    assert shared.exists()
    make().probe()  # the next start puts away what was left
    assert not Path(folder).exists()
    assert not shared.exists()
    os.kill(int(shared.name.split("_")[2]), signal.SIGKILL)  # the fake's child knows no parent


def test_only_files_of_sglang_in_shared_memory_are_ever_removed(tmp_path: Path) -> None:
    other = tmp_path / "sglang_loads_1.shm"
    other.touch()
    forget([other, Path("/dev/shm/../../" + str(other)), Path("/dev/shm/nothing")])
    assert other.exists()


@pytest.mark.parametrize(
    "argument",
    [
        *("--trust-remote-code", "--trust-rem", "--trust_remote_code", "--enable-custom-logit"),
        *(
            "--api-key=x",
            "--admin-api",
            "--host",
            "--port=1",
            "--conf",
            "--model",
            "--is-embedding",
        ),
    ],
)
def test_dangerous_arguments_are_refused_however_they_are_written(
    make: Make, argument: str
) -> None:
    assert refused(argument)
    with pytest.raises(BadConfiguration, match="is not passed on") as caught:
        make(argument)
    assert caught.value.key.startswith("model.engines.it.args")
    with pytest.raises(BadConfiguration, match="is not passed on"):
        make(command=[sys.executable, "-m", "sglang.launch_server", argument])


@pytest.mark.parametrize("argument", ["--tp", "--enable-lora", "4", "-m", "--", "--model-impl"])
def test_other_arguments_are_passed_on(argument: str) -> None:
    assert not refused(argument)


def test_what_a_person_gives_replaces_what_we_would_give() -> None:
    plain = sglang_arguments("/models/a-b/")
    assert plain[:4] == ("--model-path", "/models/a-b/", "--served-model-name", "a-b")
    assert plain[-2:] == ("--schedule-policy", "lpm")
    own = sglang_arguments(
        "org/m", profile=("--tp", "2"), own=("--tp=4", "--grammar-backend", "llguidance")
    )
    assert "xgrammar" not in own
    assert [word for word in own if word.startswith("--tp")] == ["--tp=4"]
    assert sglang_arguments("m", profile=("--tp", "2"))[-2:] == ("--tp", "2")
    assert "lpm" not in sglang_arguments("m", own=("--enable-priority-scheduling",))
    assert served_name("deepseek-ai/DeepSeek-V3-0324") == "DeepSeek-V3-0324"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "http://127.0.0.1:1/v1"}, "one of the two"),
        ({"model": "auto"}, "name the model"),
        ({"api_key": "sk-mine-and-secret"}, "keys of its own"),
        ({"command": ()}, "for a server that command starts"),
    ],
)
def test_options_that_contradict_each_other_are_told(
    make: Make, options: dict[str, object], words: str
) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        make("--tp", "1", **options)
    assert "sk-mine" not in str(caught.value)
