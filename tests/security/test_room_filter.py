"""The filter of calls, judged by an interpreter of its instructions for both processors."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.security.room.files import interpreter, loaders_of
from playground.security.room.launcher import landlock
from playground.security.room.launcher.seccomp import (
    Instruction,
    filter_for,
    number_of,
    refused_names,
)
from playground.security.room.receipts import Receipt, report_of

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x50001, 0x50026, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PROCESS = 4242
SECRETS = (0x0123456789ABCDEF, 0xFEDCBA9876543210, 0xFFFFFFFF00000001)
FILTERS = {name: filter_for(name, process=PROCESS, secrets=SECRETS) for name in ARCHITECTURES}
MACHINES = sorted(ARCHITECTURES)

# what node, ruff and the C library make all the time
NEEDED = {
    "x86_64": {
        "read": 0,
        "write": 1,
        "close": 3,
        "mmap": 9,
        "mprotect": 10,
        "brk": 12,
        "futex": 202,
        "openat": 257,
        "statx": 332,
        "getrandom": 318,
        "rseq": 334,
        "epoll_wait": 232,
        "exit_group": 231,
        "readlink": 89,
        "getdents64": 217,
        "pipe2": 293,
        "eventfd2": 290,
    },
    "aarch64": {
        "read": 63,
        "write": 64,
        "close": 57,
        "mmap": 222,
        "mprotect": 226,
        "brk": 214,
        "openat": 56,
        "statx": 291,
        "getrandom": 278,
        "rseq": 293,
        "epoll_pwait": 22,
        "exit_group": 94,
        "readlinkat": 78,
        "getdents64": 61,
        "pipe2": 59,
        "futex": 98,
    },
}


def judged(
    instructions: list[Instruction], *, number: int, architecture: int, arguments: tuple[int, ...]
) -> int:
    """What the kernel would answer; it runs classic BPF over the call's description."""
    padded = [a & (1 << 64) - 1 for a in (*arguments, *[0] * 6)][:6]
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *padded)
    at, held = 0, 0
    while True:
        code, if_true, if_false, operand = instructions[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("=I", data, operand)
        elif code == 0x06:
            return operand
        else:
            holds = {0x15: held == operand, 0x25: held > operand, 0x45: bool(held & operand)}[code]
            at += if_true if holds else if_false


def answer(machine: str, name: str, *arguments: int) -> int:
    return judged(
        FILTERS[machine],
        number=number_of(name, machine=machine),
        architecture=ARCHITECTURES[machine],
        arguments=arguments,
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_every_refused_call_is_refused_whatever_its_arguments(machine: str) -> None:
    for name in refused_names():
        if number_of(name, machine=machine) >= 0:
            assert answer(machine, name, PROCESS, 1, 2, *SECRETS) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_what_programs_need_is_allowed(machine: str) -> None:
    for number in NEEDED[machine].values():
        architecture = ARCHITECTURES[machine]
        found = judged(FILTERS[machine], number=number, architecture=architecture, arguments=())
        assert found == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_arguments_decide_where_they_must(machine: str) -> None:
    assert answer(machine, "execve", 1, 2, 3, *SECRETS) == ALLOW
    assert answer(machine, "kill", PROCESS, 6) == ALLOW
    for pid in (0, -1, 1, PROCESS - 1, -PROCESS):
        assert answer(machine, "kill", pid, 9) == answer(machine, "tgkill", pid, pid, 9) == EPERM
    assert answer(machine, "clone", 0x3D0F00) == ALLOW  # a thread, as the C library makes one
    for flags in (17, 0x4111, 0x10000 | 0x40000000, 0x10000 | 0x20000):
        assert answer(machine, "clone", flags) == EPERM
    assert answer(machine, "clone3", 1, 88) == ENOSYS
    assert answer(machine, "socketpair", 1, 1, 0) == ALLOW
    assert answer(machine, "socketpair", 2, 1, 0) == EPERM
    assert answer(machine, "prlimit64", 0, 7) == answer(machine, "prlimit64", PROCESS, 7) == ALLOW
    assert answer(machine, "prlimit64", 1, 7) == EPERM
    assert answer(machine, "ioctl", 0, 0x5401) == ALLOW
    assert answer(machine, "ioctl", 0, 0x5412) == EPERM
    assert answer(machine, "fcntl", 0, 3) == answer(machine, "fcntl", 5, 1030, 3) == ALLOW
    assert answer(machine, "fcntl", 0, 8, 1) == answer(machine, "fcntl", 0, 10, 9) == EPERM
    assert answer(machine, "prctl", 15) == ALLOW
    assert answer(machine, "prctl", 1) == EPERM


@given(
    machine=st.sampled_from(MACHINES),
    place=st.integers(0, 2),
    wrong=st.integers(0, (1 << 64) - 1),
)
def test_one_wrong_number_refuses_a_start(machine: str, place: int, wrong: int) -> None:
    numbers = [wrong if at == place else secret for at, secret in enumerate(SECRETS)]
    expected = ALLOW if tuple(numbers) == SECRETS else EPERM
    assert answer(machine, "execve", 1, 2, 3, *numbers) == expected


@given(machine=st.sampled_from(MACHINES), number=st.integers(0, (1 << 32) - 1))
def test_new_calls_and_other_processors_are_not_there(machine: str, number: int) -> None:
    architecture = ARCHITECTURES[machine]
    new = judged(
        FILTERS[machine], number=451 + number, architecture=architecture, arguments=(1, 2, 3)
    )
    assert new == ENOSYS or 451 + number > 0xFFFFFFFF
    foreign = judged(
        FILTERS[machine], number=number, architecture=architecture ^ 0x80000000, arguments=()
    )
    assert foreign == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_no_jump_leaves_the_filter(machine: str) -> None:
    instructions = FILTERS[machine]
    assert len(instructions) < 4096
    for place, (code, if_true, if_false, operand) in enumerate(instructions):
        assert 0 <= operand <= 0xFFFFFFFF
        assert place + 1 + max(if_true, if_false) < len(instructions) or code == 0x06


HEADERS = (
    Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    Path("/usr/include/asm-generic/unistd.h"),
)


def test_the_numbers_are_those_of_the_kernels_headers() -> None:
    numbers: dict[str, dict[str, int]] = {}
    for machine, header in zip(("x86_64", "aarch64"), HEADERS, strict=True):
        text = header.read_text() if header.exists() else ""
        found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)$", text, re.MULTILINE)
        numbers[machine] = {name: int(number) for name, number in found}
    for machine, known in numbers.items():
        for name in (*refused_names(), "execve", "clone", "clone3", "kill", "tgkill"):
            if known and number_of(name, machine=machine) >= 0:
                assert known[name] == number_of(name, machine=machine), (machine, name)
    asked = ctypes.CDLL(None).syscall
    if sys.platform == "linux" and platform.machine() == "x86_64":
        assert asked(39) == os.getpid()  # the numbers of this very machine


@pytest.mark.parametrize(("abi", "rights", "size"), [(1, 13, 8), (2, 14, 8), (3, 15, 8)])
def test_old_kernels_are_asked_for_what_they_know(abi: int, rights: int, size: int) -> None:
    assert landlock.handled(abi) == (1 << rights) - 1
    assert len(landlock.ruleset(abi)) == size
    assert [len(landlock.ruleset(abi)) for abi in (4, 5, 6, 7, 8)] == [16, 16, 24, 24, 24]
    assert landlock.handled(4) == landlock.handled(3)
    assert landlock.handled(5) == landlock.handled(7) == (1 << 16) - 1


def test_the_loader_is_read_from_the_program() -> None:
    loaders = loaders_of(interpreter())
    assert all(loader.is_absolute() and loader.exists() for loader in loaders)
    assert loaders or sys.platform != "linux"
    assert loaders_of(Path(__file__)) == ()
    assert loaders_of(Path("/nowhere")) == ()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (b"refused\tread: EACCES\nready\t\n", True),
        (b"refused\tread: EACCES\n", False),
        (b"ready\t\n", False),
        (b"refused\ta\noutside\tread: it worked\nready\t\n", False),
        (b"refused\ta\nready\t\nfailed\tstart: no\n", False),
        (b"", False),
        (b"\xff\t\nrefused", False),
    ],
)
def test_only_a_whole_report_of_refusals_is_a_proof(text: bytes, *, holds: bool) -> None:
    assert report_of(text).holds is holds


@given(st.binary(max_size=200))
def test_a_report_may_be_anything(data: bytes) -> None:
    report = report_of(data)
    assert not report.holds or (report.whole and report.refused and not report.outside)


def test_without_layers_there_is_no_digest() -> None:
    assert Receipt().digest == ""
    assert Receipt(layers=("seccomp",)).digest != Receipt(layers=("landlock",)).digest


def test_the_launcher_imports_next_to_nothing() -> None:
    root = Path(filter_for.__code__.co_filename).parents[4]
    code = (
        f"import sys; before = set(sys.modules); sys.path.append({str(root)!r});"
        "import playground.security.room.launcher.sealing;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [interpreter(), "-I", "-S", "-c", code],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    loaded = done.stdout.split()
    assert "playground.security.room.launcher.seccomp" in loaded
    own = [name for name in loaded if name.startswith("playground")]
    assert not [name for name in own if ".launcher" not in name and name.count(".") > 2]
    assert not {"typing", "re", "json", "dataclasses", "collections", "subprocess"} & set(loaded)
