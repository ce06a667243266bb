"""Seals this process, tries the seal, reports what happened, and becomes the program."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
from collections.abc import Iterator

from playground.security.room.launcher import kernel, landlock, probes, seccomp
from playground.security.room.launcher.policy import Policy

_FAILED = 126
_IGNORED_BY_PYTHON = (13, 25)
"""The signals of a broken pipe and of a file that grows too large."""


def main(arguments: list[str]) -> None:
    """Becomes the program in the room that the arguments describe, or ends with status 126.

    The report goes through a descriptor that is closed when the program begins: one line for
    each trial, then `ready`; `failed` with a reason if the program was not started.
    """
    policy = Policy(arguments)
    fcntl.fcntl(policy.answer, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    secrets = tuple(int.from_bytes(os.urandom(8), "little") for _ in range(3))
    try:
        for kind, sentence in _sealed(policy, secrets):
            _tell(policy, kind, sentence)
        _tell(policy, "ready", "")
        if policy.argv:
            _become(policy.argv, secrets)
    except OSError as error:
        _tell(policy, "failed", f"{error.filename or 'the launcher'}: {error.strerror}")
        os._exit(_FAILED)
    os._exit(0)


def _tell(policy: Policy, kind: str, sentence: str) -> None:
    line = f"{kind}\t{sentence}\n"
    os.write(policy.answer, line.encode("utf-8", "backslashreplace"))


def _sealed(policy: Policy, secrets: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Shuts the room step by step; yields what came of each trial."""
    for name, most in policy.limits:
        _limit(getattr(resource, f"RLIMIT_{name}"), most)
    hidden = not policy.sees_parent
    kernel.end_with_parent(policy.parent if policy.sees_parent else 0)
    kernel.give_up_privileges()
    if "landlock" in policy.layers:
        landlock.restrict(_rights(policy))
        trials = probes.of_landlock(policy, abi=landlock.version())
        yield from probes.tried(trials, hidden=hidden)
    if "seccomp" in policy.layers:
        machine, process = kernel.machine(), os.getpid()
        seccomp.install(seccomp.filter_for(machine, process=process, secrets=secrets))
    yield from probes.tried(probes.of_the_room(policy), hidden=hidden)
    if "seccomp" in policy.layers and policy.argv:
        again = ("start a program again", lambda: _started(policy.argv[0], (0, 0, 0)))
        yield from probes.tried([again], hidden=hidden)
    if "landlock" in policy.layers:
        other = ("start another program", lambda: _started(policy.other, secrets))
        yield from probes.tried([other], hidden=hidden)


def _rights(policy: Policy) -> list[tuple[str, int]]:
    return [
        *((path, landlock.READ) for path in policy.reads),
        *((path, landlock.RUN) for path in policy.runs),
        *((path, landlock.WRITE) for path in policy.writes),
        ("/dev/null", landlock.READ_FILE | landlock.WRITE_FILE),
        ("/dev/zero", landlock.READ_FILE),
        ("/dev/urandom", landlock.READ_FILE),
        ("/dev/random", landlock.READ_FILE),
    ]


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (value, value))


def _become(argv: list[str], secrets: tuple[int, ...]) -> None:
    for number in _IGNORED_BY_PYTHON:  # what is ignored now would stay ignored in the program
        kernel.libc.signal(number, None)
    _execute(argv, secrets)


def _started(path: str, secrets: tuple[int, ...]) -> None:
    """Tries to start a program; if that works we are gone, and no report is ever complete."""
    _execute([path, "--version"], secrets)


def _execute(argv: list[str], secrets: tuple[int, ...]) -> None:
    words = (ctypes.c_char_p * (len(argv) + 1))(*(os.fsencode(word) for word in argv))
    environment = ctypes.c_void_p.in_dll(kernel.libc, "environ")
    kernel.system_call("execve", os.fsencode(argv[0]), words, environment, *secrets)
