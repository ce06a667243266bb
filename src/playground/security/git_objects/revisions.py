"""Revisions: from what a person types to a commit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playground.domain.errors import BadInput, Unavailable
from playground.security.git_objects.files import GitFolder
from playground.security.git_objects.repository import GitRepository
from playground.security.git_objects.store import ObjectStore

_REVISION = re.compile(
    r"(?P<name>@|[A-Za-z0-9_][^\x00-\x20\x7f~^:?*\[\\]{0,250})"
    r"(?P<steps>(?:~[0-9]{0,6}|\^[0-9]?|\^\{(?:commit)?\}){0,20})"
)
_STEP = re.compile(r"([~^])([0-9]*)(\{(?:commit)?\})?")
_PREFIX_LENGTH_MIN = 4
_LINKS_MAX = 5
_TAGS_MAX = 10
_STEPS_MAX = 100_000
_NAMES_BYTES_MAX = 64 << 20
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}")


def commit_of(revision: str, *, repository: GitRepository, store: ObjectStore) -> str:
    """Returns the name of the commit that a revision means.

    A revision is a commit's name or its beginning, a branch, a tag, a remote branch or `HEAD`,
    followed by any number of `~N` and `^N`.

    Raises:
        BadInput: it is written differently, unknown or means several things.
        Unavailable: an object on the way is missing or damaged.
    """
    parsed = _REVISION.fullmatch(revision)
    if parsed is None or ".." in revision or "@{" in revision or "//" in revision:
        raise BadInput(
            f"{revision!r} is no revision that is understood here; give a commit, a branch or a "
            "tag, such as main, v1.2 or HEAD~3."
        )
    name = "HEAD" if parsed["name"] == "@" else parsed["name"]
    commit = _commit(_named(name, repository, store), store)
    for mark, digits, _peel in _STEP.findall(parsed["steps"]):
        if not _peel:
            commit = _stepped(commit, mark, int(digits or 1), store=store)
    return commit


def tree_of(commit: str, *, store: ObjectStore) -> str:
    """Returns the name of a commit's tree.

    Raises:
        Unavailable: the commit is missing or damaged.
    """
    return next(_headers(commit, "tree", store=store), "")


def _stepped(commit: str, mark: str, count: int, *, store: ObjectStore) -> str:
    if mark == "^":
        parents = list(_headers(commit, "parent", store=store))
        if count == 0:
            return commit
        if count > len(parents):
            raise BadInput(f"The commit {commit[:12]} has no parent number {count}; step less far.")
        return parents[count - 1]
    for _step in range(min(count, _STEPS_MAX)):
        parent = next(_headers(commit, "parent", store=store), "")
        if not parent:
            raise BadInput(f"The history ends at {commit[:12]}; step less far back.")
        commit = parent
    return commit


def _headers(commit: str, wanted: str, *, store: ObjectStore) -> Iterator[str]:
    head = store.read(commit, kind="commit").data.partition(b"\n\n")[0]
    for line in head.decode("ascii", "replace").split("\n"):
        key, _blank, value = line.partition(" ")
        if key == wanted and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value):
            yield value


def _commit(name: str, store: ObjectStore) -> str:
    """Returns the commit that a tag leads to, or the name itself if it is one."""
    for _tag in range(_TAGS_MAX):
        found = store.read(name)
        if found.kind == "commit":
            return name
        target = re.match(rb"object ([0-9a-f]{40}|[0-9a-f]{64})\n", found.data)
        if found.kind != "tag" or target is None:
            break
        name = target[1].decode()
    raise BadInput(f"{name[:12]} is no commit; give a commit, a branch or a tag.")


def _named(name: str, repository: GitRepository, store: ObjectStore) -> str:
    digits = 2 * repository.form.digest_bytes
    if re.fullmatch(f"[0-9a-f]{{{digits}}}", name):
        return name
    if repository.has_files_of_names:
        for place in (*_PLACES, "refs/remotes/{}/HEAD"):
            found = _looked_up(place.format(name), repository)
            if found:
                return found
    if re.fullmatch(f"[0-9a-f]{{{_PREFIX_LENGTH_MIN},{digits}}}", name):
        names = store.names_like(name)
        commits = sorted(n for n in names if store.read(n).kind in {"commit", "tag"})
        if len(commits) == 1:
            return commits[0]
        if commits:
            raise BadInput(f"{name!r} begins several commits; give more of its digits.")
    if not repository.has_files_of_names:
        raise BadInput(
            f"{name!r} cannot be looked up, because this repository keeps its branches in a table; "
            "give a commit's digits."
        )
    raise BadInput(
        f"There is no revision {name!r} here; check its name, or fetch it where the clone is "
        "shallow."
    )


def _looked_up(name: str, repository: GitRepository) -> str:
    """Returns what a branch or tag means, "" when there is none of this name."""
    if any(not part or part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        return ""
    for _link in range(_LINKS_MAX):
        text = _read(name, repository.own) or _read(name, repository.shared)
        if not text:
            text = _packed(name, repository.shared)
        if not text.startswith("ref:"):
            return text if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else ""
        name = text.removeprefix("ref:").strip()
        if not re.fullmatch(r"refs/[^\x00-\x20\x7f~^:?*\[\\]{1,250}", name) or ".." in name:
            return ""
    return ""


def _read(name: str, folder: GitFolder) -> str:
    try:
        text = folder.text(name, bytes_max=4_096) or ""
    except (BadInput, Unavailable):
        return ""  # a folder of names, such as refs/heads/feature where feature/one exists
    return (
        text.split("\n")[0].strip()
        if text.startswith("ref:")
        else text.split(maxsplit=1)[0]
        if text.strip()
        else ""
    )


def _packed(name: str, folder: GitFolder) -> str:
    text = folder.text("packed-refs", bytes_max=_NAMES_BYTES_MAX) or ""
    found = re.search(rf"^([0-9a-f]{{40,64}}) {re.escape(name)}$", text, re.MULTILINE)
    return found[1] if found else ""
