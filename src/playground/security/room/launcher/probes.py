"""What is tried from inside once the room is shut; each must be refused by the kernel.

The trials are real: the file could be read and written by this user, somebody listens at the port,
the program could run and the parent could be signalled, if the room were open.
"""

from __future__ import annotations

import ctypes
import os
import struct

from playground.security.room.launcher import kernel
from playground.security.room.launcher.policy import Policy

_AF_UNIX, _AF_INET = 1, 2
_STREAM, _DATAGRAM = 1, 2
_NEW_USER_NAMESPACE = 0x10000000
_SEIZE = 0x4206
_REFUSALS = {1: "EPERM", 13: "EACCES", 30: "EROFS", 38: "ENOSYS"}
_ABSENCES = {2: "ENOENT", 3: "ESRCH", 20: "ENOTDIR"}

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is imported for types alone would cost each start time
    from collections.abc import Callable

    Named = tuple[str, Callable[[], object]]


def tried(trials: list[Named], *, hidden: bool) -> list[tuple[str, str]]:
    """Makes the trials; returns "refused" or "outside" for each, and a sentence.

    Args:
        trials: what is tried, and how.
        hidden: whether it is a refusal too that something is not there at all.
    """
    answers = _REFUSALS | (_ABSENCES if hidden else {})
    found: list[tuple[str, str]] = []
    for name, trial in trials:
        try:
            trial()
        except OSError as error:
            number = error.errno or 0
            if number in answers:
                found.append(("refused", f"{name}: {answers[number]}"))
            else:
                found.append(("outside", f"{name}: not refused but failed with error {number}"))
        else:
            found.append(("outside", f"{name}: it worked"))
    return found


def of_landlock(policy: Policy, *, abi: int) -> list[Named]:
    """Returns what Landlock alone must refuse, tried before the calls themselves are gone."""
    trials: list[Named] = [
        ("read our own installation", lambda: _opened(__file__, os.O_RDONLY)),
        ("list the root folder", lambda: _opened("/", os.O_RDONLY)),
    ]
    if abi >= 4:
        trials.append(("connect by TCP, past Landlock", lambda: _connected(policy.port)))
    if abi >= 6 and policy.sees_parent:
        trials.append(("signal the parent, past Landlock", lambda: os.kill(policy.parent, 0)))
    return trials


def of_the_room(policy: Policy) -> list[Named]:
    """Returns what the whole room must refuse."""
    new = policy.planted + ".new"
    folders = [path for path in policy.reads if _is_folder(path)][:1]
    create = os.O_WRONLY | os.O_CREAT
    return [
        ("read a file outside", lambda: _opened(policy.planted, os.O_RDONLY)),
        ("write a file outside", lambda: _opened(policy.planted, os.O_WRONLY)),
        ("make a file outside", lambda: _opened(new, create)),
        *(
            ("make a file where it may read", lambda at=at: _opened(f"{at}/.made", create))
            for at in folders
        ),
        ("connect by TCP", lambda: _connected(policy.port)),
        ("send by UDP", lambda: _socket(_AF_INET, _DATAGRAM)),
        ("use a Unix socket", lambda: _socket(_AF_UNIX, _STREAM)),
        ("begin a process", _forked),
        ("read the parent's environment", lambda: _opened(_environ_of(policy), os.O_RDONLY)),
        ("signal the parent", lambda: os.kill(policy.parent, 0)),
        ("trace the parent", lambda: kernel.system_call("ptrace", _SEIZE, policy.parent, 0, 0)),
        ("make a namespace", lambda: kernel.system_call("unshare", _NEW_USER_NAMESPACE)),
    ]


def _environ_of(policy: Policy) -> str:
    return f"/proc/{policy.parent}/environ"


def _is_folder(path: str) -> bool:
    try:
        return os.lstat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False


def _opened(path: str, flags: int) -> None:
    os.close(os.open(path, flags | os.O_CLOEXEC, 0o600))


def _socket(family: int, kind: int) -> None:
    os.close(kernel.checked(kernel.libc.socket(family, kind, 0), "socket"))


def _connected(port: int) -> None:
    place = kernel.checked(kernel.libc.socket(_AF_INET, _STREAM, 0), "socket")
    try:
        address = struct.pack("=H", _AF_INET) + struct.pack("!HBBBB8x", port, 127, 0, 0, 1)
        held = ctypes.create_string_buffer(address, len(address))
        kernel.checked(kernel.libc.connect(place, held, len(address)), "connect")
    finally:
        os.close(place)


def _forked() -> None:
    if os.fork() == 0:
        os._exit(0)
