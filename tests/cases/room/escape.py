"""A hostile program: tries every way out of a room that it knows, and says what came of each.

Started by a bare interpreter as `escape.py FACTS`, where FACTS is JSON. It prints one JSON
object: for each attack "worked", or the error that stopped it.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
FACTS: dict[str, str] = json.loads(sys.argv[1])
PARENT = int(FACTS["parent"])
OUTSIDE = FACTS["outside"]  # a folder that this user may read and write, with a file "secret"
INSIDE = FACTS["inside"]  # the folder that the room lets it read
PRIVATE = (
    os.environ["TMPDIR"] if FACTS["private"] else ""
)  # the folder that the room lets it write, "" for none
SECRET = f"{OUTSIDE}/secret"


class Stopped(Exception):
    """The attack failed without an error of the system."""


def call(name: str, *arguments: object) -> int:
    """Calls a function of the C library, and raises what it reports."""
    result: int = getattr(libc, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def system(x86: int, arm: int, *arguments: object) -> int:
    """Makes a system call by its number."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return call("syscall", ctypes.c_long(arm if ARM else x86), *wide)


def readable(path: str) -> Callable[[], object]:
    def attack() -> None:
        with open(path, "rb") as file:
            if not file.read(1):
                raise Stopped("nothing in it")

    return attack


def writable(path: str, mode: str = "ab") -> Callable[[], object]:
    def attack() -> None:
        with open(path, mode) as file:
            file.write(b"x")

    return attack


def connected(family: int, kind: int, address: object) -> Callable[[], object]:
    def attack() -> None:
        with socket.socket(family, kind) as client:
            client.settimeout(2)
            if kind == socket.SOCK_DGRAM:
                client.sendto(b"x", address)
            else:
                client.connect(address)

    return attack


def bound() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()


def in_child(what: Callable[[], object]) -> Callable[[], object]:
    """Runs an attack that would replace or change this process in a child, where it can be one."""

    def attack() -> None:
        if os.environ.get("CONTROL") != "1":
            what()
            return
        child = os.fork()
        if child == 0:
            try:
                what()
            except BaseException:
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            raise Stopped("the child failed")

    return attack


def forked() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def vforked() -> None:
    number = system(58, 220, *((0x4111, 0, 0, 0, 0) if ARM else ()))
    if number == 0:
        os._exit(0)


def cloned() -> None:
    number = system(56, 220, signal.SIGCHLD, 0, 0, 0, 0)
    if number == 0:
        os._exit(0)


def cloned_newly() -> None:
    arguments = struct.pack("=8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    number = system(435, 435, arguments, len(arguments))
    if number == 0:
        os._exit(0)


def daemon_left() -> None:
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            with open(f"{OUTSIDE}/daemon", "w", encoding="utf-8") as file:
                file.write(str(os.getpid()))
            signal.pause()
        os._exit(0)


def executed(*argv: str) -> Callable[[], object]:
    return in_child(lambda: os.execve(argv[0], argv, {}))


def executed_from_memory() -> None:
    place = os.memfd_create("program")
    with open(sys.executable, "rb") as program:
        os.write(place, program.read())
    os.execve(place, ["program", "-c", "pass"], {})


def executed_by_descriptor() -> None:
    place = os.open(sys.executable, os.O_RDONLY)
    words = (ctypes.c_char_p * 4)(b"python", b"-c", b"pass")
    system(322, 281, place, b"", words, ctypes.c_void_p(0), 0x1000)


def executed_from_the_private_folder() -> None:
    path = f"{PRIVATE or OUTSIDE}/program"
    with open(sys.executable, "rb") as program, open(path, "wb") as copy:
        copy.write(program.read())
    os.chmod(path, 0o755)
    os.execve(path, ["program", "-c", "pass"], {})


def mapped_from_the_private_folder() -> None:
    loader = next(p for p in FACTS["loaders"].split(":") if p)
    os.execve(loader, [loader, "/bin/true"], {})


def parent_memory() -> None:
    with open(f"/proc/{PARENT}/maps", "rb") as maps:
        start = int(maps.readline().split(b"-")[0], 16)
    buffer = ctypes.create_string_buffer(8)
    local = struct.pack("PN", ctypes.addressof(buffer), 8)
    remote = struct.pack("PN", start, 8)
    system(310, 270, PARENT, local, 1, remote, 1, 0)


def parent_memory_blindly() -> None:
    buffer = ctypes.create_string_buffer(8)
    local = struct.pack("PN", ctypes.addressof(buffer), 8)
    try:
        system(310, 270, PARENT, local, 1, struct.pack("PN", 0x10000, 8), 1, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:  # a bad address is the answer of one who may look
            raise


def parent_limited() -> None:
    resource.prlimit(PARENT, resource.RLIMIT_CORE)


def linked_out() -> None:
    os.link(SECRET, f"{PRIVATE or INSIDE}/hard")


def pointed_out() -> None:
    link = f"{PRIVATE or INSIDE}/soft"
    os.symlink(SECRET, link)
    with open(link, "rb") as file:
        file.read()


def moved_out() -> None:
    source = f"{PRIVATE or INSIDE}/moved"
    with open(source, "wb") as file:
        file.write(b"x")
    os.rename(source, f"{OUTSIDE}/moved")


def by_way_of_the_root_descriptor() -> None:
    place = os.open("/", os.O_PATH)
    try:
        os.close(os.open(SECRET.lstrip("/"), os.O_RDONLY, dir_fd=place))
    finally:
        os.close(place)


def by_handle() -> None:
    handle = ctypes.create_string_buffer(struct.pack("=Ii", 128, 0) + bytes(128), 136)
    mount = ctypes.c_int()
    system(303, 264, -100, SECRET.encode(), handle, ctypes.byref(mount), 0)


def terminal_typed_into() -> None:
    with open("/dev/tty", "rb") as terminal:
        fcntl.ioctl(terminal, 0x5412, b"x")


def shared_memory() -> None:
    system(29, 194, 0, 4096, 0o1600)


def namespace(flag: int) -> Callable[[], object]:
    return in_child(lambda: call("unshare", flag))


def mounted() -> None:
    call("mount", b"none", INSIDE.encode(), b"tmpfs", 0, None)


def chrooted() -> None:
    os.chroot("/")


def watched() -> None:
    place = call("inotify_init1", 0)
    call("inotify_add_watch", place, OUTSIDE.encode(), 0xFFF)


def lease_taken() -> None:
    with open(__file__, "rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)


def death_signal_disarmed() -> None:
    call("prctl", 1, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def capability_kept() -> None:
    with open("/proc/self/status", encoding="utf-8") as file:
        effective = next(line for line in file if line.startswith("CapEff"))
    if int(effective.split()[1], 16) == 0:
        raise Stopped("none left")


def became_root() -> None:
    os.setresuid(0, 0, 0)


def environment_leaks() -> None:
    known = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "NO_COLOR", "OPENSSL_CONF"}
    known |= {"NODE_OPTIONS", "RAYON_NUM_THREADS", "CONTROL", "PWD"}
    if not set(os.environ) - known:
        raise Stopped("nothing of the person's")


def descriptor_inherited() -> None:
    own = os.stat(__file__)
    found = array.array("i")
    for number in range(3, 256):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) != (own.st_dev, own.st_ino):  # what it is read from
            found.append(number)
    if not found:
        raise Stopped("only the standard ones")


PORT = int(FACTS["port"])
ATTACKS: dict[str, Callable[[], object]] = {
    "read the passwords": readable("/etc/passwd"),
    "read a secret of the person": readable(SECRET),
    "read it by its folder's descriptor": by_way_of_the_root_descriptor,
    "read it by a handle": by_handle,
    "list the home": lambda: os.listdir(FACTS["home"]),
    "list the folder of the secret": lambda: os.listdir(OUTSIDE),
    "read the first process's environment": readable("/proc/1/environ"),
    "read the parent's environment": readable(f"/proc/{PARENT}/environ"),
    "read the parent's memory file": readable(f"/proc/{PARENT}/mem"),
    "read the parent's memory": parent_memory,
    "read the parent's memory blindly": parent_memory_blindly,
    "read a disk": readable("/dev/vda"),
    "read the kernel's log": readable("/dev/kmsg"),
    "see the person's environment": environment_leaks,
    "use an inherited descriptor": descriptor_inherited,
    "write over the secret": writable(SECRET),
    "write beside the secret": writable(f"{OUTSIDE}/new", "wb"),
    "write where it may read": writable(f"{INSIDE}/new", "wb"),
    "write into its own program": writable(__file__),
    "write into the temporary folder": writable(f"{FACTS['tmp']}/room-escape", "wb"),
    "write into shared memory": writable("/dev/shm/room-escape", "wb"),
    "write into its working folder": writable("escape", "wb"),
    "make a folder": lambda: os.mkdir(f"{OUTSIDE}/folder"),
    "make a pipe": lambda: os.mkfifo(f"{OUTSIDE}/fifo"),
    "shorten the secret": lambda: os.truncate(SECRET, 0),
    "change the secret's mode": lambda: os.chmod(SECRET, 0o777),
    "change the secret's time": lambda: os.utime(SECRET, (0, 0)),
    "change the secret's attributes": lambda: os.setxattr(SECRET, "user.a", b"b"),
    "remove the secret": lambda: os.remove(f"{OUTSIDE}/removable"),
    "link the secret in": linked_out,
    "point at the secret": pointed_out,
    "move a file out": moved_out,
    "watch the folder": watched,
    "connect by TCP": connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)),
    "connect by TCP over version 6": connected(socket.AF_INET6, socket.SOCK_STREAM, ("::1", PORT)),
    "send by UDP": connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORT)),
    "connect to a Unix socket": connected(socket.AF_UNIX, socket.SOCK_STREAM, FACTS["unix"]),
    "connect to an abstract socket": connected(
        socket.AF_UNIX, socket.SOCK_STREAM, "\0" + FACTS["abstract"]
    ),
    "listen": bound,
    "talk to the kernel's network": lambda: socket.socket(16, socket.SOCK_RAW).close(),
    "begin a process": forked,
    "begin a process by vfork": vforked,
    "begin a process by clone": cloned,
    "begin a process by clone3": cloned_newly,
    "leave a daemon behind": daemon_left,
    "start a shell": executed("/bin/sh", "-c", "exit 0"),
    "start a program by spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "start its own program anew": executed(sys.executable, "-c", "pass"),
    "start a program from memory": in_child(executed_from_memory),
    "start a program by descriptor": in_child(executed_by_descriptor),
    "start a program that it wrote": in_child(executed_from_the_private_folder),
    "start a program by the loader": in_child(mapped_from_the_private_folder),
    "signal the parent": lambda: os.kill(PARENT, 0),
    "signal the parent by way of a pipe": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, PARENT),
    "choose the signal of a pipe": lambda: fcntl.fcntl(1, 10, 9),
    "make writers wait": lease_taken,
    "signal its group": lambda: os.killpg(PARENT, 0),
    "signal everybody": lambda: os.kill(-1, 0),
    "trace the parent": lambda: call("ptrace", 0x4206, PARENT, None, None),
    "get a handle on the parent": lambda: os.pidfd_open(PARENT),
    "limit the parent": parent_limited,
    "slow the parent down": lambda: os.setpriority(os.PRIO_PROCESS, PARENT, 19),
    "outlive the parent": death_signal_disarmed,
    "leave its session": os.setsid,
    "mount": mounted,
    "change the root": in_child(chrooted),
    "make a user namespace": namespace(0x10000000),
    "make a network namespace": namespace(0x40000000),
    "keep a capability": capability_kept,
    "become root": became_root,
    "make memory files": lambda: os.close(os.memfd_create("x")),
    "share memory by name": shared_memory,
    "use io_uring": lambda: system(425, 425, 4, bytes(120)),
    "use bpf": lambda: system(321, 280, 0, bytes(72), 72),
    "use userfaultfd": lambda: system(323, 282, 1),
    "use perf": lambda: system(298, 241, bytes(120), 0, -1, -1, 0),
    "use keys": lambda: system(250, 219, 0, -3, 0),
    "change its personality": lambda: system(135, 92, 0x0040000),
    "type into the terminal": terminal_typed_into,
}


def positive() -> None:
    """What an honest program needs: threads, its own files, memory."""
    seen: list[bytes] = []

    def read() -> None:
        with open(__file__, "rb") as file:
            seen.append(file.read(10))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    if not seen:
        raise Stopped("the thread did not run")
    if PRIVATE:
        with open(f"{PRIVATE}/honest", "wb") as file:
            file.write(b"x" * 1000)


def main() -> None:
    wanted: list[str] = FACTS["attacks"].split("\n") if FACTS["attacks"] else list(ATTACKS)
    found: dict[str, str] = {}
    for name, attack in {**{n: ATTACKS[n] for n in wanted}, "be honest": positive}.items():
        try:
            attack()
        except OSError as error:
            found[name] = errno.errorcode.get(error.errno or 0, "no number")
        except Stopped as error:
            found[name] = str(error)
        else:
            found[name] = "worked"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
