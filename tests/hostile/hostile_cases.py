"""Hostile repositories as data: reading the cases, and making on a disk what they describe.

A case is one YAML file. Its payloads lie in there as text and become files only in throw-away
folders, because under their own names (`conftest.py`, `sitecustomize.py`, `.git/config`) they would
act on the tools of whoever works on this repository.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

FOLDER = Path(__file__).resolve().parent / "cases"
HARMS = ("execute", "leak", "write", "connect", "hang", "crash", "silence", "deceive")
PLANTED = """\
import subprocess


def start(order: str) -> int:
    return subprocess.call(order, shell=True) + undefined_total
"""
PLANTED_JS = "export const total: number = missing_total;\n"
PLANTED_FINDINGS = (("ruff", "F821"), ("ruff", "S602"), ("pyright", "reportUndefinedVariable"))
PLANTED_JS_FINDINGS = (("typescript", "TS2304"),)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Link(_Strict):
    """A symbolic link, or a further name of a file."""

    kind: Literal["symlink", "hardlink"]
    path: str
    to: str


class Special(_Strict):
    """Something that is no regular file."""

    kind: Literal["fifo", "socket", "device"]
    path: str


class Sized(_Strict):
    """Text that is too long for a case file: `piece` so many times between `head` and `tail`."""

    kind: Literal["repeat"]
    path: str
    piece: str
    times: int
    head: str = ""
    tail: str = ""


class Sparse(_Strict):
    """A file of so many bytes that takes no space."""

    kind: Literal["sparse"]
    path: str
    bytes: int


class Many(_Strict):
    """So many files; `{n}` in path and text is the number."""

    kind: Literal["many"]
    path: str
    text: str
    times: int


class Raw(_Strict):
    """A file whose name or content is no UTF-8 text: both are Latin-1 for bytes."""

    kind: Literal["raw"]
    path: str
    content: str


class Written(_Strict):
    """A text, written over whatever is there; `mode` in octal digits."""

    kind: Literal["file"]
    path: str
    text: str = ""
    mode: str = "644"


class Gone(_Strict):
    """Nothing, where there was something."""

    kind: Literal["gone"]
    path: str


Thing = Annotated[
    Link | Special | Sized | Sparse | Many | Raw | Written | Gone, Field(discriminator="kind")
]


class Expected(_Strict):
    """What a case expects besides that nothing bad happens.

    Attributes:
        exit: exit codes of a step that are clear outcomes, by the step's name.
        says: regular expressions that the output of the steps matches.
        never: regular expressions that it does not match.
        proposed: whether a proposal is made, None for either.
        applied: whether the approval changes the tree, None for either.
        unanswered: analyzers that may say that they have no answer.
        planted: whether the planted findings must be reported.
    """

    exit: Mapping[str, tuple[int, ...]] = {}
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    proposed: bool | None = None
    applied: bool | None = False
    unanswered: tuple[str, ...] = ()
    planted: bool = True


class Case(_Strict):
    """One hostile repository or candidate.

    Attributes:
        story: one sentence: who does what with which aim.
        family: kind of attack.
        tries: which of `HARMS`.
        root: name of the repository's folder; `@BYTE@` is a byte that is no UTF-8.
        files: texts by path.
        commits: whether all files outside of `.git` are committed first.
        things: what texts cannot describe, made after the files.
        environment: variables of the person's shell.
        settings: the person's own configuration, by section.
        drive: what is done with the repository, in this order.
        argument: what is given to `check` and `improve` for a path.
        answers: what the model answers, in turn; the last one again and again.
        orders: text for the model that must be in a prompt, and there as data alone.
        request: what the person asks for in words.
        named: files that the person names with the request.
        between: what changes between the moment a proposal is shown and its approval.
        race: states of one place that alternate while the commands run.
        limit_s: seconds after which a step counts as hung.
        javascript: whether the planted findings are TypeScript's.
        expect: see `Expected`.
    """

    story: str
    family: str
    tries: tuple[str, ...]
    root: str = "repository"
    files: Mapping[str, str] = {}
    commits: bool = False
    things: tuple[Thing, ...] = ()
    environment: Mapping[str, str] = {}
    settings: Mapping[str, Mapping[str, object]] = {}
    drive: tuple[str, ...] = ("check", "outside")
    argument: str = "."
    answers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    request: str = ""
    named: tuple[str, ...] = ()
    between: tuple[Thing, ...] = ()
    race: tuple[Thing, ...] = ()
    limit_s: float = 60.0
    javascript: bool = False
    expect: Expected = Expected()

    @field_validator("root")
    @classmethod
    def _with_byte(cls, value: str) -> str:
        return value.replace("@BYTE@", os.fsdecode(b"\xff"))


@cache
def cases() -> Mapping[str, Case]:
    """Returns every case by the name of its file.

    Raises:
        ValueError: a file is no case.
    """
    found: dict[str, Case] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        try:
            found[path.stem] = Case.model_validate(
                yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
            )
        except (yaml.YAMLError, ValidationError) as error:
            raise ValueError(f"{path.name}: {error}") from error
    return found


@dataclass(frozen=True)
class Words:
    """What stands for the words between at signs in a case.

    Attributes:
        mark: a path outside; a file there means that something was executed.
        outside: a folder beside the repository with a secret and a victim.
        secret: text that must come out nowhere.
        key: a credential that may stand in code and reach no prompt.
        port: of the listener that must not be reached.
        repository: the repository itself.
    """

    mark: Path
    outside: Path
    secret: str
    key: str
    port: int
    repository: Path

    def put_into(self, text: str) -> str:
        """Returns the text with the words filled in."""
        for word, value in vars(self).items():
            text = text.replace(f"@{word.upper()}@", str(value))
        return text


class Unmakeable(Exception):
    """This machine or user cannot make what the case needs; the message says what."""


def plant(case: Case, root: Path, words: Words) -> None:
    """Makes the repository.

    Raises:
        Unmakeable: something cannot be made here.
    """
    root.mkdir(parents=True)
    texts = {"planted.py": PLANTED} if case.expect.planted else {}
    if case.javascript:
        texts = {"planted.ts": PLANTED_JS} if case.expect.planted else {}
    texts |= case.files
    first = [path for path in texts if case.commits and not path.startswith(".git/")]
    for path in first:
        _write(root / path, words.put_into(texts[path]))
    if case.commits:
        _commit(root)
    for path, text in texts.items():
        if path not in first:
            _write(root / path, words.put_into(text))
    for thing in case.things:
        make(thing, root=root, words=words)


def _commit(root: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "Begin"]):
        subprocess.run([*git, *arguments], cwd=root, check=True, env={"PATH": os.defpath})


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    if text.startswith("#!"):
        path.chmod(0o755)


def make(thing: Thing, *, root: Path, words: Words) -> None:
    """Makes one thing, in the place of whatever is there.

    Raises:
        Unmakeable: this machine or user cannot.
    """
    path = words.put_into(thing.path)
    place = root / (os.fsdecode(path.encode("latin-1")) if isinstance(thing, Raw) else path)
    if not isinstance(thing, Many | Raw):
        _clear(place)
        place.parent.mkdir(parents=True, exist_ok=True)
    try:
        _make(thing, place, words)
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EACCES, errno.EILSEQ, errno.EOPNOTSUPP}:
            raise Unmakeable(f"{thing.kind} {thing.path}: {error.strerror}") from error
        raise


def _make(thing: Thing, place: Path, words: Words) -> None:
    match thing:
        case Link(kind="symlink"):
            place.symlink_to(words.put_into(thing.to))
        case Link():
            place.hardlink_to(words.put_into(thing.to))
        case Special():
            _special(thing, place)
        case Sized():
            _write(place, words.put_into(thing.head) + thing.piece * thing.times + thing.tail)
        case Sparse():
            with place.open("wb") as file:
                file.truncate(thing.bytes)
        case Many():
            for number in range(thing.times):
                n = str(number)
                _write(Path(str(place).replace("{n}", n)), thing.text.replace("{n}", n))
        case Raw():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(words.put_into(thing.content).encode("latin-1"))
        case Written():
            _write(place, words.put_into(thing.text))
            place.chmod(int(thing.mode, 8))
        case Gone():
            return


def _special(thing: Special, place: Path) -> None:
    if thing.kind == "fifo":
        os.mkfifo(place)
    elif thing.kind == "device":
        # /dev/zero: a reader that opens it never comes to an end
        os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    else:
        with socket.socket(socket.AF_UNIX) as server:
            here = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:  # the path itself may be longer than a socket's address
                server.bind(f"/proc/self/fd/{here}/{place.name}")
            finally:
                os.close(here)


def _clear(place: Path) -> None:
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)


def families() -> Iterator[tuple[str, list[str]]]:
    """Yields each family with the names of its cases."""
    for family in sorted({case.family for case in cases().values()}):
        yield family, [name for name, case in cases().items() if case.family == family]
