"""A world for the hostile program: secrets, listeners, a room around it, and what came of it.

Run as `room_world.py LAYERS FOLDER` it prints the findings as JSON; so it can be run as another
user, by another interpreter.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from playground.domain.errors import AnalyzerUnavailable
from playground.security.room.entering import SealedEntry
from playground.security.room.files import interpreter, loaders_of
from playground.security.room.launcher import kernel, seccomp
from playground.security.room.plan import Plan
from playground.security.room.receipts import Receipt
from playground.security.room.sealed import SealedRoom
from playground.security.starting import started

PAYLOAD = Path(__file__).parents[1] / "cases" / "room" / "escape.py"
KERNEL = frozenset({"landlock", "seccomp"})
EVERY = KERNEL | {"bubblewrap"}
WITHOUT_LANDLOCK = EVERY - {"landlock"}


@dataclass(frozen=True)
class World:
    """Folders and listeners around a room."""

    outside: Path
    inside: Path
    scratch: Path
    facts: dict[str, str]


@contextlib.contextmanager
def world(folder: Path) -> Generator[World]:
    """Makes secrets that this user can read, and sockets at which somebody listens."""
    parts = [folder / name for name in ("outside", "inside", "scratch")]
    for part in parts:
        part.mkdir(parents=True)
    outside, inside, scratch = parts
    for name in ("secret", "removable"):
        (outside / name).write_text("the secret")
    (outside / "home" / ".ssh").mkdir(parents=True)
    shutil.copy(PAYLOAD, inside)
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", tcp.getsockname()[1]))
        abstract = f"room-{secrets.token_hex(8)}"
        # A socket's path may have 107 bytes, and the folder of a test can be longer.
        short = stack.enter_context(tempfile.TemporaryDirectory(prefix="pg-"))
        for address in (f"{short}/socket", "\0" + abstract):
            unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            unix.bind(address)
            unix.listen()
        facts = {
            "parent": str(os.getpid()),
            "outside": str(outside),
            "inside": str(inside),
            "private": "",
            "port": str(tcp.getsockname()[1]),
            "unix": f"{short}/socket",
            "abstract": abstract,
            "home": str(outside / "home"),
            "tmp": str(folder.parent),
            "loaders": ":".join(str(p) for p in loaders_of(interpreter())),
            "attacks": "",
        }
        yield World(outside, inside, scratch, facts)


def python_plan(at: World, *, private: bool = False, abi: int = 7) -> Plan:
    """Returns a plan that lets the hostile program run: its interpreter and its own folder."""
    library = Path(sysconfig.get_path("stdlib"))
    dynamic = Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix}))
    shared = [Path(sysconfig.get_config_var("LIBDIR") or "/nowhere")]
    every = (at.inside, library, dynamic, *shared)
    return Plan((), at.scratch, (interpreter(),), every, private=private, abi=abi)


def attack(
    room: SealedRoom, at: World, *, private: bool = False, abi: int = 7
) -> tuple[dict[str, str], Receipt]:
    """Runs the hostile program in a room; returns what came of each attack, and the receipt."""
    plan = python_plan(at, private=private, abi=abi)
    with contextlib.closing(_entered(room, plan, at)) as entry:
        with started(entry, at.scratch) as process:
            entry.prove()
            out, err = process.communicate(timeout=60)
        if process.returncode != 0:
            raise AssertionError(f"status {process.returncode}: {err.decode()}")
        return cast("dict[str, str]", json.loads(out)), entry.receipt()


def _entered(room: SealedRoom, plan: Plan, at: World) -> SealedEntry:
    """The name of the private folder is known only when the room is entered: it is found later."""
    facts = {**at.facts, "private": "?" if plan.private else ""}
    argv = (str(interpreter()), "-I", "-S", str(at.inside / PAYLOAD.name), json.dumps(facts))
    return room.enter(replace(plan, argv=argv))


def control(at: World, attacks: list[str]) -> dict[str, str]:
    """Runs the attacks without a room, to see that they would work."""
    facts = json.dumps({**at.facts, "attacks": "\n".join(attacks)})
    done = subprocess.run(
        [interpreter(), "-I", "-S", at.inside / PAYLOAD.name, facts],
        env={"CONTROL": "1", "LANG": "C.UTF-8"},
        cwd=at.scratch,
        capture_output=True,
        check=True,
        timeout=60,
        start_new_session=True,
    )
    return cast("dict[str, str]", json.loads(done.stdout))


def in_a_container(*, without: frozenset[str]) -> None:
    """Makes this process one of a container that forbids namespaces, Landlock or filters."""
    denied: list[tuple[int, ...]] = []
    if "bubblewrap" in without:
        denied += [kernel_number(name) for name in ("unshare", "mount", "setns", "pivot_root")]
    if "landlock" in without:
        denied.append((444, 444))
    machine = kernel.machine()
    place = 0 if machine == "x86_64" else 1
    clone = seccomp.number_of("clone", machine=machine)
    program: list[seccomp.Instruction] = [(0x20, 0, 0, 0)]
    for numbers in denied:
        program += [(0x15, 0, 1, numbers[place]), (0x06, 0, 0, 0x50001)]
    if "bubblewrap" in without:
        program += [(0x15, 0, 1, 435), (0x06, 0, 0, 0x50026)]  # so that clone is used
        program += [(0x15, 0, 3, clone), (0x20, 0, 0, 16), (0x45, 0, 1, 0x7E020000)]
        program += [(0x06, 0, 0, 0x50001)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    if os.getuid() != 0:  # root may filter itself without it
        kernel.control_process(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(program)


def kernel_number(name: str) -> tuple[int, int]:
    """A call's numbers on both processors."""
    return (
        seccomp.number_of(name, machine="x86_64"),
        seccomp.number_of(name, machine="aarch64"),
    )


def main() -> None:
    """Prints what came of the attacks, for whoever started us as another user."""
    if len(sys.argv) > 3:
        in_a_container(without=frozenset(sys.argv[3].split(",")))
    only = frozenset(sys.argv[1].split(","))
    with world(Path(sys.argv[2])) as at:
        try:
            found, receipt = attack(SealedRoom(only=only), at)
        except AnalyzerUnavailable as error:
            sys.stdout.write(json.dumps({"refused": str(error)}))
            return
    answer = {"found": found, "layers": receipt.layers, "uid": os.getuid()}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
