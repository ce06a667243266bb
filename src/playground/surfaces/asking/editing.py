"""A person's own version of a proposal, written in an editor on copies of the proposed files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playground.domain.changes import Patch, patch_between
from playground.domain.errors import BadInput, Stale, Unavailable
from playground.domain.ports import Workspace
from playground.domain.proposals import Proposal

_BYTES_MAX = 2_000_000


@dataclass(frozen=True, slots=True)
class Versions:
    """Texts of the files of a proposal: before, None for a new file, and as proposed."""

    before: Mapping[str, str | None]
    proposed: Mapping[str, str]


def versions_of(proposal: Proposal, *, root: Path, workspace: Workspace) -> Versions:
    """Reads what the proposal starts from and computes what it proposes.

    Raises:
        Stale: a file is no longer what the proposal was made for.
        BadInput: a file cannot be read any more.
    """
    before: dict[str, str | None] = {}
    proposed: dict[str, str] = {}
    for change in proposal.patch.files:
        if change.is_new:
            before[change.path] = None
            proposed[change.path] = change.applied_to("")
            continue
        source = workspace.read(root, path=change.path)
        if source.sha256 != change.base_sha256:
            raise Stale(f"{change.path} was changed since the proposal was made; improve it again.")
        before[change.path] = source.text
        proposed[change.path] = change.applied_to(source.text)
    return Versions(before, proposed)


Edit = Callable[[Path], None]
"""Opens one file in the person's editor and waits until it is closed."""


def edited_texts(start: Mapping[str, str], *, edit: Edit) -> Mapping[str, str]:
    """Lets the person edit copies of the files one after the other; returns their texts.

    Raises:
        BadInput: a file was removed, is no UTF-8 text or is too large.
        Unavailable: the editor or the temporary folder cannot be used.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="playground-edit-"))
    except OSError as error:
        raise Unavailable(f"No temporary folder can be made: {error.strerror}.") from error
    try:
        copies = {path: folder / path for path in start}
        for path, copy in copies.items():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(start[path].encode())
        for copy in copies.values():
            edit(copy)
        return {path: _read_back(path, copy) for path, copy in copies.items()}
    except OSError as error:
        raise Unavailable(f"The copies cannot be edited: {error.strerror}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def amended_patch(versions: Versions, *, texts: Mapping[str, str]) -> Patch:
    """Returns the person's version against the files before.

    Raises:
        BadInput: it equals the files before.
    """
    patch = patch_between(dict(versions.before), dict(texts))
    if not patch.files:
        raise BadInput("Your version equals the files as they are; reject the proposal instead.")
    return patch


def _read_back(path: str, copy: Path) -> str:
    if not copy.is_file() or copy.stat().st_size > _BYTES_MAX:
        raise BadInput(f"The copy of {path} is gone or too large; edit the proposal again.")
    try:
        return copy.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"The copy of {path} is no UTF-8 text; edit the proposal again.") from error
