"""What can be seen to have happened on an attacked machine, and the port that nobody may reach."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast


@dataclass
class Evidence:
    """What went wrong, by harm; all empty when nothing did."""

    executed: list[str] = field(default_factory=list[str])
    leaked: list[str] = field(default_factory=list[str])
    written: list[str] = field(default_factory=list[str])
    connected: list[str] = field(default_factory=list[str])
    hung: list[str] = field(default_factory=list[str])
    crashed: list[str] = field(default_factory=list[str])
    silenced: list[str] = field(default_factory=list[str])
    deceived: list[str] = field(default_factory=list[str])
    unclear: list[str] = field(default_factory=list[str])

    @property
    def lines(self) -> list[str]:
        """One line for each thing that went wrong."""
        return [f"{harm}: {what}" for harm, found in vars(self).items() for what in found]


@dataclass(frozen=True)
class Step:
    """One command that was run."""

    name: str
    code: int
    out: str
    err: str
    seconds: float

    @property
    def objects(self) -> list[dict[str, object]]:
        """Lines of standard output that are JSON objects."""
        lines = [line for line in self.out.splitlines() if line.startswith("{")]
        return [cast("dict[str, object]", json.loads(line)) for line in lines]


def prompts_in(log: Path) -> list[str]:
    """Returns the text of every message that the scripted engine was sent but the system's."""
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    requests = [cast("list[tuple[str, str]]", json.loads(line)) for line in lines]
    return [text for request in requests for role, text in request if role != "system"]


_FENCED = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def outside_of_fences(prompts: Sequence[str], orders: Sequence[str]) -> Iterator[str]:
    """Yields orders of the repository that a prompt does not show as data.

    Data is what stands in a fenced block, or quoted in one line.
    """
    for prompt in prompts:
        said = _QUOTED.sub("", _FENCED.sub("", prompt))
        yield from (f"a prompt says {order!r} as our own" for order in orders if order in said)


class Listener:
    """A port on loopback that nobody has a reason to reach."""

    def __init__(self) -> None:
        self.contacts: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._udp.settimeout(0.2)
        self._tcp.settimeout(0.2)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=t) for t in (self._accept, self._hear)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stops listening."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._tcp.close()
        self._udp.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._tcp.accept()
            except TimeoutError:
                continue
            connection.close()
            self.contacts.append("tcp")

    def _hear(self) -> None:
        while not self._over.is_set():
            try:
                self._udp.recv(1)
            except TimeoutError:
                continue
            self.contacts.append("udp")
