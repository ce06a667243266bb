"""Where a work tree's repository lies, and the three values of its configuration that matter."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from playground.domain.errors import BadInput
from playground.security.git_objects.digests import ObjectFormat
from playground.security.git_objects.files import GitFolder, below

_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9.-]+)\s*\]\s*(?:[#;].*)?")
_VALUE = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*\"?([^\"#;]*?)\"?\s*(?:[#;].*)?")


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A repository with the work tree that was asked about.

    Attributes:
        prefix: where the folder that was asked about lies in the work tree, "" for its root.
        own: the folder of this work tree, which holds its `HEAD`.
        shared: the folder that all work trees share, with objects and branches.
        form: how objects are named.
        has_files_of_names: whether branches are kept as files, which is all that is read here.
    """

    prefix: str
    own: GitFolder
    shared: GitFolder
    form: ObjectFormat
    has_files_of_names: bool


def repository_of(root: Path) -> GitRepository:
    """Returns the repository whose work tree holds a folder.

    Raises:
        BadInput: there is none, or it is one that cannot be read safely.
        Unavailable: its files cannot be read.
    """
    start = root.resolve()
    for folder in (start, *start.parents):
        own = _git_folder(folder)
        if own is not None:
            shared = _shared_by(own)
            config = _config(shared)
            return GitRepository(
                prefix=start.relative_to(folder).as_posix() if start != folder else "",
                own=own,
                shared=shared,
                form=_form(config.get("extensions.objectformat", "sha1")),
                has_files_of_names=config.get("extensions.refstorage", "files") == "files",
            )
    raise BadInput(f"{root} is in no git repository; compare with a baseline file instead.")


def _git_folder(folder: Path) -> GitFolder | None:
    mark = folder / ".git"
    try:
        mode = os.lstat(mark).st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return GitFolder(mark)
    if not stat.S_ISREG(mode):
        raise BadInput(f"{mark} is a link or no file; name the work tree where it really lies.")
    text = GitFolder(folder).text(".git", bytes_max=10_000) or ""
    if not text.startswith("gitdir:"):
        raise BadInput(f"{mark} does not name a repository; repair it.")
    named = GitFolder(below(folder, text.removeprefix("gitdir:").strip()))
    if not _knows(named, folder):
        # Else any folder could show what the history of another repository holds.
        raise BadInput(f"{mark} names {named.path}, which belongs to another work tree; repair it.")
    return named


def _knows(named: GitFolder, folder: Path) -> bool:
    """Whether a repository outside of a work tree says that it belongs to it."""
    back = named.text("gitdir", bytes_max=10_000)
    if back is not None:
        return below(named.path, back.strip()) == folder.resolve() / ".git"
    worktree = _config(named).get("core.worktree")
    return worktree is not None and below(named.path, worktree) == folder.resolve()


def _shared_by(own: GitFolder) -> GitFolder:
    name = own.text("commondir", bytes_max=10_000)
    if name is None:
        return own
    shared = below(own.path, name.strip())
    if own.path.parent.parent.resolve() != shared:
        raise BadInput(f"{own.path} names {shared} as its repository; repair it.")
    return GitFolder(shared)


def _config(folder: GitFolder) -> dict[str, str]:
    """Returns plain `section.key` values of a configuration; nothing that it includes."""
    values: dict[str, str] = {}
    section = ""
    for line in (folder.text("config") or "").splitlines():
        head, value = _SECTION.fullmatch(line), _VALUE.fullmatch(line)
        if head is not None:
            section = head[1].lower()
        elif line.lstrip().startswith("["):
            section = ""
        elif value is not None and section:
            values[f"{section}.{value[1].lower()}"] = value[2]
    return values


def _form(name: str) -> ObjectFormat:
    try:
        return ObjectFormat(name.lower())
    except ValueError as error:
        raise BadInput(
            f"The repository names its objects by {name!r}, which is not known here; "
            "compare with a baseline file instead."
        ) from error
