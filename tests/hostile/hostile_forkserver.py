"""A process that has imported the product and forks a child for each command.

Started as a script by `hostile_starts.Forks`. It never runs a command itself, so each child is as
fresh as a new start of `python -I -m playground`, but for the imports, which are three quarters of
what a start costs.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import TypedDict, cast

import playground
from playground import __main__, app
from playground.engines import scripted
from playground.plugins import load

MESSAGE_BYTES_MAX = 1 << 20
PRELOADED = ("config", "surfaces", "analyzers", "orchestrator", "security", "journal", "prompts")
LEFT_OUT = ("launcher", "__main__", "._", ".dataset")
"""Parts of names of modules that start something, or load libraries with threads of their own."""
LOADED = (app, scripted)
"""Imported above, with all that they import."""


class Order(TypedDict):
    """What a child shall do."""

    arguments: list[str]
    where: str
    environment: dict[str, str]


def preload() -> None:
    """Imports what commands need and what makes no threads, which would not survive a fork."""
    for name in PRELOADED:
        path = [str(Path(folder) / name) for folder in playground.__path__]
        for module in pkgutil.walk_packages(path, f"playground.{name}."):
            if not module.ispkg and not any(part in module.name for part in LEFT_OUT):
                package, _, leaf = module.name.rpartition(".")
                load(package, name=leaf)
    threads = Path("/proc/self/task")
    if threads.is_dir() and len(list(threads.iterdir())) > 1:
        raise RuntimeError("an import made a thread, which a fork would lose")
    gc.freeze()


def serve(control: socket.socket) -> Order | None:
    """Forks a child for each order and says its process id and, later, how it ended.

    Returns:
        In a child its order; in the server None, when nobody gives orders any more.
    """
    while True:
        message, descriptors, _flags, _from = socket.recv_fds(control, MESSAGE_BYTES_MAX, 2)
        if not message:
            return None
        pid = os.fork()
        if pid == 0:
            os.setsid()
            for number, descriptor in enumerate(descriptors, start=1):
                os.dup2(descriptor, number)
                os.close(descriptor)
            control.close()
            return cast("Order", json.loads(message))
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(f"{pid}\n".encode())
        _pid, status = os.waitpid(pid, 0)
        control.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def main() -> int:
    """Serves; in a child, runs the command as `python -I -m playground` would."""
    preload()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.sendall(b"ready\n")
        order = serve(control)
    if order is None:
        return 0
    os.chdir(os.fsencode(order["where"]))
    os.environ.clear()
    os.environ.update(order["environment"])
    tempfile.tempdir = None
    sys.argv = ["playground", *order["arguments"]]
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
