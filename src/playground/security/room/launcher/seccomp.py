"""seccomp: which calls to the kernel this process may still make; written without a compiler.

Nothing can be connected, listened to, traced, mounted or measured; no process can be begun, and no
program: the one start that is still to come carries three random numbers in registers that the
kernel does not use for it, and without them a start is refused. They are gone from memory when
the program begins, so it cannot start another one, whatever it is and wherever it lies.
"""

from __future__ import annotations

import ctypes
import struct

from playground.security.room.launcher.kernel import PR_SET_SECCOMP, control_process

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000
_EPERM = _ERRNO | 1
_ENOSYS = _ERRNO | 38

_LOAD = 0x20
_EQUAL = 0x15
_GREATER = 0x25
_ANY_BIT = 0x45
_RETURN = 0x06

_NUMBER_AT = 0
_ARCHITECTURE_AT = 4
_ARGUMENTS_AT = 16
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LAST_KNOWN = 450
"""Calls that are newer than this list are not there for the program."""

_NEW_NAMESPACES = 0x7E020000
_A_THREAD = 0x00010000
_AF_UNIX = 1
# death signal, memory map, subreaper, who may trace
_PROCESS_CONTROLS = (1, 35, 36, 0x59616D61)
# typing for a person, copying from the screen, taking a terminal over, taking its messages;
# naming a process that is signalled when something can be read
_DEVICE_CONTROLS = (0x5412, 0x541C, 0x540E, 0x541D, 0x8901, 0x8902)
# the same for files, choosing the signal, and a lease that makes writers wait
_FILE_CONTROLS = (8, 10, 15, 1024)

# name: (number on x86_64, number on aarch64), -1 where there is none
_REFUSED = {
    # sockets
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept4": (288, 242),
    "sendmmsg": (307, 269),
    # memory shared by name, messages by name
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # other processes
    "fork": (57, -1),
    "vfork": (58, -1),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # who and where we are
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "setfsuid": (122, 151),
    "setfsgid": (123, 152),
    "capset": (126, 91),
    "personality": (135, 92),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "mount": (165, 40),
    "umount2": (166, 39),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # what Landlock does not see of files
    "truncate": (76, 45),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "link": (86, -1),
    "linkat": (265, 37),
    "symlink": (88, -1),
    "symlinkat": (266, 36),
    "mknod": (133, -1),
    "mknodat": (259, 33),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "inotify_init": (253, -1),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # doors into the kernel
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "io_submit": (209, 2),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, -1),
    "uselib": (134, -1),
    "vmsplice": (278, 75),
    # the machine itself
    "iopl": (172, -1),
    "ioperm": (173, -1),
    "syslog": (103, 116),
    "acct": (163, 89),
    "vhangup": (153, 58),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
# calls that are allowed for some arguments
_JUDGED = {
    "socketpair": (53, 199),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execve": (59, 221),
    "prlimit64": (302, 261),
    "prctl": (157, 167),
    "ioctl": (16, 29),
    "fcntl": (72, 25),
}

Instruction = tuple[int, int, int, int]
"""Operation, steps to jump if true, steps to jump if false, operand."""


def number_of(name: str, *, machine: str) -> int:
    """Returns a call's number on this processor, -1 when it has none."""
    pair = _REFUSED.get(name) or _JUDGED[name]
    return pair[0] if machine == "x86_64" else pair[1]


def refused_names() -> tuple[str, ...]:
    """Returns the calls that are refused whatever their arguments."""
    return tuple(_REFUSED)


def filter_for(machine: str, *, process: int, secrets: tuple[int, ...]) -> list[Instruction]:
    """Returns the filter as the kernel's instructions.

    Args:
        machine: "x86_64" or "aarch64".
        process: our own number, the only one that may be signalled and limited.
        secrets: three numbers of 64 bits that the one allowed start of a program carries as its
            fourth to sixth argument.
    """
    instructions: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        # Newer calls, and on x86_64 the ones of its second set, whose numbers are huge.
        (_GREATER, 0, 1, _LAST_KNOWN),
        (_RETURN, 0, 0, _ENOSYS),
    ]
    for name in _REFUSED:
        number = number_of(name, machine=machine)
        if number >= 0:
            instructions += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    for name, block in _blocks(process, secrets).items():
        instructions += [(_EQUAL, 0, len(block), number_of(name, machine=machine)), *block]
    return [*instructions, (_RETURN, 0, 0, _ALLOW)]


def _blocks(process: int, secrets: tuple[int, ...]) -> dict[str, list[Instruction]]:
    return {
        "socketpair": _if_one_of(0, (_AF_UNIX,), then=_ALLOW, otherwise=_EPERM),
        "kill": _if_one_of(0, (process,), then=_ALLOW, otherwise=_EPERM),
        "tgkill": _if_one_of(0, (process,), then=_ALLOW, otherwise=_EPERM),
        "prlimit64": _if_one_of(0, (0, process), then=_ALLOW, otherwise=_EPERM),
        "prctl": _if_one_of(0, _PROCESS_CONTROLS, then=_EPERM, otherwise=_ALLOW),
        "ioctl": _if_one_of(1, _DEVICE_CONTROLS, then=_EPERM, otherwise=_ALLOW),
        "fcntl": _if_one_of(1, _FILE_CONTROLS, then=_EPERM, otherwise=_ALLOW),
        # Threads are made with clone where clone3, whose arguments cannot be seen, is not there.
        "clone3": [(_RETURN, 0, 0, _ENOSYS)],
        "clone": [
            (_LOAD, 0, 0, _ARGUMENTS_AT),
            (_ANY_BIT, 0, 2, _A_THREAD),
            (_ANY_BIT, 1, 0, _NEW_NAMESPACES),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _EPERM),
        ],
        "execve": _if_all_equal({3 + i: secret for i, secret in enumerate(secrets)}),
    }


def _if_one_of(
    argument: int, values: tuple[int, ...], *, then: int, otherwise: int
) -> list[Instruction]:
    """Judges by the low half of an argument, which is all that the kernel reads of these."""
    tests: list[Instruction] = [
        (_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)
    ]
    load: Instruction = (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)
    return [load, *tests, (_RETURN, 0, 0, otherwise), (_RETURN, 0, 0, then)]


def _if_all_equal(values: dict[int, int]) -> list[Instruction]:
    halves = [
        (_ARGUMENTS_AT + 8 * argument + 4 * half, value >> 32 * half & 0xFFFFFFFF)
        for argument, value in values.items()
        for half in (0, 1)
    ]
    tests: list[Instruction] = []
    for place, (offset, value) in enumerate(halves):
        left = 2 * (len(halves) - 1 - place)
        tests += [(_LOAD, 0, 0, offset), (_EQUAL, 0, left + 1, value)]
    return [*tests, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]


def install(instructions: list[Instruction]) -> None:
    """Puts the filter on this process, for good.

    Raises:
        OSError: the kernel cannot do it.
    """
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(instructions), ctypes.addressof(held))
    control_process(PR_SET_SECCOMP, 2, ctypes.create_string_buffer(header, len(header)))
