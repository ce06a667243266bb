"""Calls to the system that the standard library does not offer, without a compiler or a library."""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
_PR_GET_SECCOMP = 21
_F_SETFD, _FD_CLOEXEC = 2, 1
_LIMITS = {"CPU": 0, "FSIZE": 1, "CORE": 4, "NOFILE": 7, "AS": 9}
_SIGKILL = 9
_CAPABILITY_VERSION_3 = 0x20080522
_NUMBERS = {
    "x86_64": {
        "capset": 126,
        "execve": 59,
        "ptrace": 101,
        "unshare": 272,
        "landlock_create_ruleset": 444,
        "landlock_add_rule": 445,
        "landlock_restrict_self": 446,
    },
    "aarch64": {
        "capset": 91,
        "execve": 221,
        "ptrace": 117,
        "unshare": 97,
        "landlock_create_ruleset": 444,
        "landlock_add_rule": 445,
        "landlock_restrict_self": 446,
    },
}

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def machine() -> str:
    """Returns the processor's name as Linux spells it, "" on another system or processor."""
    name = os.uname().machine
    known = sys.platform == "linux" and name in _NUMBERS and sys.maxsize > 1 << 32
    return name if known else ""


def system_call(name: str, *arguments: object) -> int:
    """Makes a call by its number, each integer as a whole register.

    Raises:
        OSError: the call failed, or this system has no such call.
    """
    numbers = _NUMBERS.get(machine())
    if numbers is None:
        raise OSError(38, os.strerror(38), name)
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc.syscall(ctypes.c_long(numbers[name]), *wide), name)


def control_process(option: int, *arguments: object) -> int:
    """Calls prctl.

    Raises:
        OSError: it failed.
    """
    wide = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    rest = [ctypes.c_ulong(0)] * (4 - len(wide))
    return checked(libc.prctl(ctypes.c_int(option), *wide, *rest), "prctl")


def checked(result: int, name: str) -> int:
    """Returns the result of a call of the C library.

    Raises:
        OSError: it is -1.
    """
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
    return result


def limit(name: str, *, most: int) -> None:
    """Lowers a limit on what this process may take; one that is lower already stays.

    Args:
        name: the system's name, such as "CPU".
        most: seconds, bytes or descriptors.

    Raises:
        OSError: the system refused.
    """
    kind = _LIMITS[name]
    values = (ctypes.c_uint64 * 2)()
    checked(libc.prlimit(0, kind, None, ctypes.byref(values)), "prlimit")
    lowered = (ctypes.c_uint64 * 2)(*([min(most, values[1])] * 2))  # the greatest is no limit
    checked(libc.prlimit(0, kind, ctypes.byref(lowered), None), "prlimit")


def close_when_replaced(descriptor: int) -> None:
    """Has the kernel close a descriptor when this process becomes another program."""
    checked(libc.fcntl(descriptor, _F_SETFD, _FD_CLOEXEC), "fcntl")


def has_seccomp() -> bool:
    """Whether calls can be filtered here; asking changes nothing."""
    if not machine():
        return False
    try:
        control_process(_PR_GET_SECCOMP)
    except OSError:
        return False
    return True


def give_up_privileges() -> None:
    """Drops every capability, and with it root's power over other people's files; for good.

    Raises:
        OSError: the system refused.
    """
    control_process(PR_SET_NO_NEW_PRIVS, 1)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    system_call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def end_with_parent(parent: int) -> None:
    """Has the kernel end this process when the thread that started it ends.

    Args:
        parent: the process that must be the parent, 0 when another process number space lies
            between, whose own end ends us.

    Raises:
        OSError: the parent ended before this could be asked for.
    """
    control_process(PR_SET_PDEATHSIG, _SIGKILL)
    if parent and os.getppid() != parent:
        raise OSError(3, os.strerror(3), "parent")
