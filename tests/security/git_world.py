"""Git repositories made by git itself, and how they are read here."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from playground.domain.errors import PlaygroundError
from playground.security.git_objects import tree_at

ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.org"),
    **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-02T03:04:05Z"),
}


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *words]
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode()


def commit(folder: Path, **files: str | None) -> str:
    for name, text in files.items():
        target = folder / name.replace("__", "/").replace("_py", ".py")
        if text is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")
    return git(folder, "rev-parse", "HEAD").strip()


def everything(_path: str) -> bool:
    return True


def files(root: Path, revision: str) -> dict[str, str | None]:
    with tree_at(root, revision=revision, wanted=everything) as tree:
        return {path: tree.text(path) for path in tree.blobs}


def told(root: Path, revision: str) -> str:
    with (
        pytest.raises(PlaygroundError) as caught,
        tree_at(root, revision=revision, wanted=everything),
    ):
        pass
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def drawn(what: str, below: int) -> int:
    """Returns a number from 0 that is always the same for the same words."""
    return int.from_bytes(sha256(what.encode()).digest()[:6]) % below


def grown(folder: Path, *, seed: int, commits: int) -> None:
    """Makes a history of small changes to a few files, so that packs hold long chains."""
    lines = {name: [f"line {n} of {name}" for n in range(200)] for name in ("a", "b", "c")}
    for number in range(commits):
        for name, content in lines.items():
            content[drawn(f"{seed}{name}{number}", len(content))] = f"changed in {number}"
            target = folder / "pkg" / f"{name}.py"
            target.parent.mkdir(exist_ok=True)
            target.write_text("\n".join(content))
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", str(number))
