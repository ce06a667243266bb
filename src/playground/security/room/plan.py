"""What one start may do: the rules of a room in the words of the launcher and of bubblewrap."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground.security.room.files import (
    interpreter,
    interpreter_files,
    libraries,
    loaders_of,
    package_root,
)

BUBBLEWRAP, LANDLOCK, SECCOMP = "bubblewrap", "landlock", "seccomp"

_BOOT = (
    "import sys; sys.path.append(sys.argv.pop(1));"
    "from playground.security.room.launcher.sealing import main; main(sys.argv[1:])"
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_SINGLY_MAX = 8
_ABI_KNOWN = 7
"""Versions of Landlock up to this one are known; a newer kernel understands it too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One start.

    Attributes:
        argv: the program by absolute path and its arguments; empty to try the room alone.
        scratch: working folder.
        runs: files that may be started.
        reads: files and folders that may be read.
        writes: folders that may be written.
        limits: what the program may take, by the system's names of limits.
        code: files that the program runs by reading them; their digests go into the receipt.
        private: whether it gets a folder of its own to write into.
        abi: the version of Landlock that is used at most.
    """

    argv: tuple[str, ...]
    scratch: Path
    runs: tuple[Path, ...] = ()
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    code: tuple[Path, ...] = ()
    private: bool = False
    abi: int = _ABI_KNOWN


@dataclass(frozen=True, slots=True)
class Trial:
    """What a room is tried with.

    Attributes:
        answer: descriptor for the launcher's report.
        planted: a file out of reach.
        port: where somebody listens.
    """

    answer: int
    planted: Path
    port: int


def rules_of(plan: Plan, *, layers: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the launcher's arguments that say what is allowed."""
    every = (*plan.runs, *(loader for run in plan.runs for loader in loaders_of(run)))
    return (
        *(f"layer={name}" for name in layers),
        f"abi={plan.abi}",
        *(f"run={path}" for path in dict.fromkeys(every)),
        *(f"read={path}" for path in dict.fromkeys((*plan.reads, *libraries()))),
        *(f"write={path}" for path in plan.writes),
        *(f"limit={name}:{most}" for name, most in sorted(plan.limits.items())),
    )


def digest_of(plan: Plan, *, layers: tuple[str, ...], launcher: str) -> str:
    """Returns the SHA-256 of the rules and of the launcher's own code.

    The name of a folder to write into is drawn anew for each start and left out.
    """
    rules = [rule for rule in rules_of(plan, layers=layers) if not rule.startswith("write=")]
    words = [*rules, f"writes={len(plan.writes)}", f"launcher={launcher}"]
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()


def launcher_argv(plan: Plan, trial: Trial, *, layers: tuple[str, ...]) -> tuple[str, ...]:
    """Returns what is started: our interpreter with the launcher, which becomes the program."""
    python = str(interpreter())
    others = (python, "/bin/sh", "/bin/true")
    running = {str(path) for path in plan.runs}
    return (
        *(python, "-I", "-S", "-c", _BOOT, str(package_root())),
        f"answer={trial.answer}",
        f"planted={trial.planted}",
        f"other={next(name for name in others if name not in running)}",
        f"parent={os.getpid()}",
        f"port={trial.port}",
        *rules_of(plan, layers=layers),
        *(("--", *plan.argv) if plan.argv else ()),
    )


def bubblewrap_argv(program: str, plan: Plan) -> tuple[str, ...]:
    """Returns bubblewrap's arguments for a room in which nothing else is to be seen.

    Its own network, process numbers and mounts; no /proc, no home, no other program, nothing
    that can be written but what the plan says.
    """
    return (
        *(program, "--unshare-all", "--die-with-parent"),
        *(word for path in _visible(plan) for word in _mounted(path)),
        *(word for path in plan.runs for word in ("--ro-bind", str(path), str(path))),
        *(word for name in _DEVICES for word in ("--dev-bind-try", name, name)),
        *("--dir", str(plan.scratch)),
        *(word for path in plan.writes for word in ("--bind", str(path), str(path))),
        *("--remount-ro", "/", "--chdir", str(plan.scratch), "--"),
    )


def _visible(plan: Plan) -> Iterator[Path]:
    """Yields what is mounted; many neighbours are mounted by their folder, and Landlock tells."""
    yield from dict.fromkeys((*libraries(), *interpreter_files()))
    siblings: dict[Path, list[Path]] = {}
    for path in plan.reads:
        siblings.setdefault(path.parent, []).append(path)
    for folder, members in siblings.items():
        yield from members if len(members) <= _SINGLY_MAX else [folder]


def _mounted(path: Path) -> tuple[str, ...]:
    if path.is_symlink():
        target = path.resolve()
        link = ("--symlink", str(path.readlink()), str(path))
        return link if path.parent == Path("/") else ("--ro-bind-try", str(target), str(path))
    return ("--ro-bind-try", str(path), str(path))
