"""What the new process is told to do, as plain arguments, so that nothing has to be imported."""

from __future__ import annotations


class Policy:
    """The room's rules, read from `name=value` arguments; what follows `--` is the program.

    Attributes:
        answer: descriptor that takes the report.
        layers: "landlock", "seccomp", "bubblewrap".
        reads: files and folders that may be read.
        runs: files that may be run.
        writes: folders that may be written.
        abi: the version of Landlock that is used at most.
        limits: name of a limit, such as "CPU", and its value.
        planted: a file that must be out of reach.
        other: a program that must not start.
        parent: process that started us.
        port: TCP port of this machine at which somebody listens.
        argv: the program and its arguments; empty to try the room and end.
    """

    def __init__(self, arguments: list[str]) -> None:
        end = arguments.index("--") if "--" in arguments else len(arguments)
        self.argv = arguments[end + 1 :]
        values: dict[str, list[str]] = {}
        for argument in arguments[:end]:
            name, _, value = argument.partition("=")
            values.setdefault(name, []).append(value)
        self.answer = int(values["answer"][0])
        self.layers = values.get("layer", [])
        self.reads = values.get("read", [])
        self.runs = values.get("run", [])
        self.writes = values.get("write", [])
        self.limits = [(name, int(most)) for name, most in _pairs(values.get("limit", []))]
        self.abi = int(values["abi"][0])
        self.planted = values["planted"][0]
        self.other = values["other"][0]
        self.parent = int(values["parent"][0])
        self.port = int(values["port"][0])

    @property
    def sees_parent(self) -> bool:
        """Whether our parent's number means the same to us as to it."""
        return "bubblewrap" not in self.layers


def _pairs(values: list[str]) -> list[tuple[str, str]]:
    return [(name, most) for name, _, most in (value.partition(":") for value in values)]
