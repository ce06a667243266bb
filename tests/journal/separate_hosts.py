"""Hosts of their own on this machine: network namespaces, each with one line that can be cut.

Needs root, iproute2 and the right to make namespaces.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

IP = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin") or ""
_NUMBERS = itertools.count()


class NoHosts(Exception):
    """This machine lets nobody make hosts; the message says why."""


@dataclass(frozen=True)
class Host:
    """A namespace with one line to this machine.

    Attributes:
        name: of the namespace.
        line: this machine's end of the line.
        here: this machine's address on the line.
        there: the host's address.
    """

    name: str
    line: str
    here: str
    there: str

    @property
    def prefix(self) -> list[str]:
        """Words before a command that shall run on the host; they become the command."""
        return [IP, "netns", "exec", self.name]

    def start(self, *command: str, out: Path) -> subprocess.Popen[bytes]:
        """Starts a command on the host."""
        with out.open("wb") as file:
            return subprocess.Popen([*self.prefix, *command], stdout=file)

    def cut(self, *, off: bool) -> None:
        """Cuts the line or mends it; nobody is told."""
        _ip("link", "set", self.line, "down" if off else "up")


@contextmanager
def hosts(count: int) -> Generator[list[Host]]:
    """Lends so many hosts, each in a network of its own with this machine.

    Raises:
        NoHosts: they cannot be made here.
    """
    if os.getuid() != 0 or not IP:
        raise NoHosts("making a host of its own needs root and iproute2")
    with ExitStack() as stack:
        yield [stack.enter_context(_host()) for _ in range(count)]


@contextmanager
def hosts_or_skip(count: int) -> Generator[list[Host]]:
    """Lends hosts as `hosts` does; skips the test where they cannot be made."""
    with ExitStack() as stack:
        try:
            lent = stack.enter_context(hosts(count))
        except NoHosts as reason:
            pytest.skip(str(reason))
        yield lent


@contextmanager
def _host() -> Generator[Host]:
    number, me = next(_NUMBERS), os.getpid()
    # other processes have other networks: four addresses each, of which two can be used
    net, first = f"10.{200 + me // 250 % 50}.{me % 250}", 4 * (number % 64)
    name = f"pg{me}n{number}"
    host = Host(name, f"h{me}n{number}", f"{net}.{first + 1}", f"{net}.{first + 2}")
    try:
        _ip("netns", "add", name)
    except subprocess.CalledProcessError:
        raise NoHosts("this machine lets nobody make network namespaces") from None
    try:
        _joined(host)
        yield host
    finally:
        subprocess.run([IP, "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def _joined(host: Host) -> None:
    try:
        _ip("link", "add", host.line, "type", "veth", "peer", "name", "far", "netns", host.name)
    except subprocess.CalledProcessError:
        raise NoHosts("this machine lets nobody make lines between hosts") from None
    _ip("address", "add", f"{host.here}/30", "dev", host.line)
    _ip("link", "set", host.line, "up")
    _ip("-n", host.name, "link", "set", "lo", "up")
    _ip("-n", host.name, "address", "add", f"{host.there}/30", "dev", "far")
    _ip("-n", host.name, "link", "set", "far", "up")


def _ip(*arguments: str) -> None:
    subprocess.run([IP, *arguments], check=True, stderr=subprocess.PIPE)
