"""pyright as a server: asked about files whose texts exist in memory only."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from playground.analyzers.mirror import ENVIRONMENT, reads_of
from playground.analyzers.reporting import text_of
from playground.analyzers.reporting.pyright_answers import Statement, TextRange
from playground.analyzers.servers.client import LanguageClient
from playground.analyzers.servers.following import FollowingTree
from playground.domain.findings import Severity
from playground.domain.ports import Mirror
from playground.security.process import Program, Room, ServerCall, start_tool

CONFIG_NAME = "pyrightconfig.json"
"""Name of the server's configuration, in the folder that it takes for its workspace."""

_OPEN_MAX = 200
_START_TIMEOUT_S = 60.0
_SEVERITIES = {1: Severity.ERROR, 2: Severity.WARNING}
_CAPABILITIES: Mapping[str, object] = {
    "textDocument": {
        "diagnostic": {"dynamicRegistration": True},
        # Without it nothing is said about what cannot be reached.
        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
    },
    "workspace": {
        "configuration": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
}


class _Diagnostic(BaseModel):
    range: TextRange
    message: str
    severity: int
    code: str | int | None = None


class _Report(BaseModel):
    kind: str
    # An answer without one means that the file was not looked at.
    result_id: str = Field(alias="resultId")
    items: list[_Diagnostic]


class _Questions(BaseModel):
    items: list[object]


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What a server is started with.

    Attributes:
        home: a new folder of its own.
        mirror: what it follows at first.
        config: content of its configuration; paths are relative to `home / "config"`.
        scratch: its working directory.
        room: what to put around it.
        plants_type_error: whether its configuration reports a wrong type of a variable.
    """

    home: Path
    mirror: Mirror
    config: str
    scratch: Path
    room: Room
    plants_type_error: bool


@dataclass
class _Document:
    """A file that the server has open.

    Attributes:
        text: what the server was told last.
        overlaid: whether that came from an overlay.
        version: how often it was told.
    """

    text: str
    overlaid: bool
    version: int = 1


class PyrightServer:
    """One running pyright; for one thread at a time, and to be opened before it is asked.

    Raises:
        AnalyzerUnavailable: it cannot be started.
        OSError: its folder cannot be written.
    """

    def __init__(self, plan: ServerPlan) -> None:
        self._plan = plan
        self._tree = FollowingTree(plan.home / "tree")
        self._documents: dict[str, _Document] = {}
        self._proofs = itertools.count(1)
        config = plan.home / "config"
        config.mkdir(mode=0o700, parents=True)
        (config / CONFIG_NAME).write_text(plan.config, encoding="utf-8")
        _copy(plan.mirror, self._tree, home=plan.home)
        packages = reads_of(plan.mirror)[3:]
        call = ServerCall(Program.PYRIGHT_SERVER, (), plan.scratch, (plan.home, *packages))
        self._server = start_tool(call, room=plan.room)
        self._client = LanguageClient(
            self._server, answers={"workspace/configuration": _no_settings}
        )

    def open(self) -> None:
        """Greets it and asks about planted errors; whoever opens it kills it after a failure.

        Raises:
            AnalyzerUnavailable: it ended meanwhile.
            TimeoutError: it does not answer.
            ValueError: its answers cannot be believed.
        """
        self._greet(self._plan.home / "config")
        self.prove()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._server.alive

    @property
    def resident_bytes(self) -> int:
        """Memory that it occupies now."""
        return self._server.usage().resident_bytes

    @property
    def receipt(self) -> str:
        """Digest of the receipt of the room that it runs in."""
        return self._server.receipt.digest

    def kill(self) -> None:
        """Ends it and removes its folder; may be called twice."""
        self._server.kill()
        shutil.rmtree(self._plan.home, ignore_errors=True)

    def is_at(self, mirror: Mirror) -> bool:
        """Whether it knows the files below this mirror."""
        return self._tree.is_at(mirror)

    def ask(self, mirror: Mirror, *, paths: Sequence[str], timeout_s: float) -> list[Statement]:
        """Returns what pyright says about these files of the mirror, its overlay on top.

        Raises:
            TimeoutError: not all answers came in time.
            AnalyzerUnavailable: it ended.
            ValueError: an answer cannot be believed.
            OSError: its folder cannot be written.
        """
        deadline = time.monotonic() + timeout_s
        self._settle(mirror, paths)
        found: list[Statement] = []
        for path in paths:
            found += self._pull(path, max(0.0, deadline - time.monotonic()))
        return found

    def prove(self) -> None:
        """Asks about planted errors.

        Raises:
            ValueError: they are not found.
        """
        turn = next(self._proofs)
        name = f"planted_{turn}.py"
        self._open(name, text=f'planted: int = ""\nplanted = ({turn}\n', overlaid=True)
        found = self._pull(name, _START_TIMEOUT_S)
        self._close(name)
        lines = {item.range.start.line for item in found if item.severity is Severity.ERROR}
        typed = any(item.rule == "reportAssignmentType" for item in found)
        if not lines & {1, 2} or (self._plan.plants_type_error and not typed):
            raise ValueError("pyright does not find an error that was planted")

    def _greet(self, config: Path) -> None:
        uri = config.as_uri()
        self._client.request(
            "initialize",
            {
                # With a number it would look for us, which the room forbids, and end.
                "processId": None,
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": "playground"}],
                "capabilities": _CAPABILITIES,
                "initializationOptions": {},
            },
            timeout_s=_START_TIMEOUT_S,
        )
        self._client.notify("initialized", {})

    def _settle(self, mirror: Mirror, paths: Sequence[str]) -> None:
        """Makes the server see exactly the mirror, with these files open."""
        known = self._tree.is_at(mirror)
        events = {} if known else self._tree.follow(mirror)
        events |= self._tree.lay(mirror)
        if events:
            changes = [{"uri": self._uri(p), "type": int(e)} for p, e in events.items()]
            self._client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        here = set(mirror.paths)
        crowded = len(self._documents) + len(paths) > _OPEN_MAX
        for path, document in list(self._documents.items()):
            overlaid = path in mirror.overlay
            if path not in here or (crowded and path not in paths):
                self._close(path)
            elif overlaid or document.overlaid or not known:
                self._show(path, text=text_of(mirror, path), overlaid=overlaid)
        for path in paths:
            if path not in self._documents:
                self._open(path, text=text_of(mirror, path), overlaid=path in mirror.overlay)

    def _uri(self, path: str) -> str:
        return (self._tree.root / path).as_uri()

    def _open(self, path: str, *, text: str, overlaid: bool) -> None:
        self._documents[path] = _Document(text, overlaid)
        document = {"uri": self._uri(path), "languageId": "python", "version": 1, "text": text}
        self._client.notify("textDocument/didOpen", {"textDocument": document})

    def _show(self, path: str, *, text: str, overlaid: bool) -> None:
        document = self._documents[path]
        document.overlaid = overlaid
        if document.text != text:
            document.text, document.version = text, document.version + 1
            which = {"uri": self._uri(path), "version": document.version}
            changes = {"textDocument": which, "contentChanges": [{"text": text}]}
            self._client.notify("textDocument/didChange", changes)

    def _close(self, path: str) -> None:
        del self._documents[path]
        which = {"textDocument": {"uri": self._uri(path)}}
        self._client.notify("textDocument/didClose", which)

    def _pull(self, path: str, timeout_s: float) -> list[Statement]:
        question = {"textDocument": {"uri": self._uri(path)}}
        answer = self._client.request("textDocument/diagnostic", question, timeout_s=timeout_s)
        try:
            report = _Report.model_validate(answer)
        except ValidationError as error:
            raise ValueError(f"pyright did not look at {path}") from error
        return [
            Statement(
                path=path,
                severity=_SEVERITIES[item.severity],
                message=item.message,
                range=item.range,
                rule=item.code if isinstance(item.code, str) else None,
            )
            for item in report.items
            if item.severity in _SEVERITIES
        ]


def _no_settings(question: object) -> object:
    """Answers each question for settings with none: all of them are in our configuration."""
    items = _Questions.model_validate(question).items
    return [dict[str, object]() for _ in items]


def _copy(mirror: Mirror, tree: FollowingTree, *, home: Path) -> None:
    """Copies the mirror's files and its links to packages.

    Raises:
        OSError: it cannot be written, or the mirror went away meanwhile.
    """
    tree.follow(mirror)
    shutil.copytree(mirror.config.parent / ENVIRONMENT, home / ENVIRONMENT, symlinks=True)
    if not mirror.root.is_dir():
        raise FileNotFoundError(2, "the mirror is gone")
