"""Seals this process, tries the seal, reports what happened, and becomes the program."""

from __future__ import annotations

import ctypes
import os

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
    kernel.close_when_replaced(policy.answer)
    secrets = tuple(int.from_bytes(os.urandom(8), "little") for _ in range(3))
    try:
        _seal(policy, secrets)
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


def _seal(policy: Policy, secrets: tuple[int, ...]) -> None:
    """Shuts the room step by step, and tries each step while it can be told from the next."""
    for name, most in policy.limits:
        kernel.limit(name, most=most)
    kernel.end_with_parent(policy.parent if policy.sees_parent else 0)
    kernel.give_up_privileges()
    if "landlock" in policy.layers:
        abi = min(policy.abi, landlock.version())
        landlock.restrict(_rights(policy), abi=abi)
        _try(policy, probes.of_landlock(policy, abi=abi))
    trials = probes.of_the_room(policy)
    if "seccomp" in policy.layers:
        machine, process = kernel.machine(), os.getpid()
        seccomp.install(seccomp.filter_for(machine, process=process, secrets=secrets))
        if policy.argv:
            trials.append(("start a program again", lambda: _started(policy.argv[0], (0, 0, 0))))
    if "landlock" in policy.layers:
        trials.append(("start another program", lambda: _started(policy.other, secrets)))
    _try(policy, trials)


def _try(policy: Policy, trials: list[probes.Named]) -> None:
    for kind, sentence in probes.tried(trials, hidden=not policy.sees_parent):
        _tell(policy, kind, sentence)


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
