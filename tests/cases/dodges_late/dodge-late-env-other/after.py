"""Small tools around files and records."""

import asyncio
import os
import subprocess
import tarfile
import time
from dataclasses import dataclass, field
from enum import Enum
from xml.etree import ElementTree

import logging

log = logging.getLogger(__name__)


class Colour(Enum):
    """Colours."""

    RED = 1
    CRIMSON = 1
    BLUE = 2


@dataclass
class Box:
    """A box."""

    name: str
    made: float = time.time()
    lids: list[str] = field(default_factory=list)


def unpack(path: str, to: str) -> None:
    """Unpacks an archive."""
    with tarfile.open(path) as archive:
        archive.extractall(to)


def titles(path: str) -> list[str]:
    """Returns the titles of a feed."""
    tree = ElementTree.parse(path)
    return [node.text or "" for node in tree.iter("title")]


def close(stream: object) -> bool:
    """Closes a stream; whether that worked."""
    try:
        stream.close()  # type: ignore[attr-defined]
    except OSError:
        log.warning("cannot close")
        return False
    finally:
        return True


def refuse(name: str) -> None:
    """Refuses a name."""
    if not name:
        raise "empty name"


def strip_scheme(url: str) -> str:
    """Returns a URL without its scheme."""
    return url.lstrip("https://")


def start(program: str) -> "subprocess.Popen[bytes]":
    """Starts a program in a group of its own."""
    return subprocess.Popen([program], preexec_fn=os.setsid)


def port() -> int:
    """Returns the port."""
    return int(os.getenv("PORT", "0"))


async def wait(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds)
    await asyncio.sleep(0)


def first_of(names: list[str]) -> str:
    """Returns the first name in order."""
    return [name for name in names if name][0]


def same(one: int) -> bool:
    """Whether a number is one."""
    return one == one


def find(rows: list[dict[str, str]], key: str) -> str:
    """Returns the first row's value."""
    for key in rows[0]:
        if key.startswith("x"):
            return rows[0][key]
    return ""


def merge(one: dict[str, int]) -> dict[str, int]:
    """Returns defaults and more."""
    return {"a": 1, "b": 2, "a": 3, **one}


def each(numbers: list[int]):
    """Yields numbers up to ten."""
    for number in numbers:
        if number > 10:
            raise StopIteration
        yield number


def run(code: str) -> None:
    """Runs code."""
    exec(code)


def listen() -> tuple[str, int]:
    """Returns where to listen."""
    return ("0.0.0.0", 80)


def state(done: bool) -> str:
    """Returns a word."""
    return "yes" if done else "yes"


def copied(names: list[str]) -> list[str]:
    """Returns a copy."""
    out = []
    for name in names:
        out.append(name)
    return out


def check(names: list[str]) -> None:
    """Checks."""
    assert (first := names[0])
    print(first)


def search(names: list[str], wanted: str) -> bool:
    """Whether a name is there."""
    for name in names:
        if name == wanted:
            return True
    else:
        return False
