"""Unified diffs: exact for programs, coloured and harmless for persons."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from playground.domain.changes import FileChange, Patch, digest_of, unified_diff
from playground.domain.errors import PlaygroundError
from playground.domain.ports import Workspace
from playground.security.validators import printable

_STYLES = (
    ("+++", "bold"),
    ("---", "bold"),
    ("diff ", "bold"),
    ("new file", "dim"),
    ("deleted file", "dim"),
    ("\\", "dim"),
    ("@@", "cyan"),
    ("+", "green"),
    ("-", "red"),
)


def patch_text(patch: Patch, *, root: Path, workspace: Workspace) -> str:
    """Returns the patch as `git apply` takes it from the root.

    Where a file is no longer as the patch needs it, its hunks are shown without the lines around.
    """
    return "".join(_change_text(change, root, workspace) for change in patch.files)


def _change_text(change: FileChange, root: Path, workspace: Workspace) -> str:
    base = _base_of(change, root, workspace)
    return _bare(change) if base is None else unified_diff(change, base)


def _base_of(change: FileChange, root: Path, workspace: Workspace) -> str | None:
    if change.base_sha256 is None:
        return ""
    try:
        text = workspace.read(root, path=change.path).text
        digest = digest_of(text)
        if digest == change.base_sha256:
            return text
        if digest == change.after_sha256:
            return change.reversed().applied_to(text)
    except PlaygroundError:
        return None
    return None


def _bare(change: FileChange) -> str:
    lines = [f"--- a/{change.path}\n", f"+++ b/{change.path}\n"]
    shift = 0
    for hunk in change.hunks:
        before, after = len(hunk.before), len(hunk.after)
        start = hunk.start + 1
        lines.append(f"@@ -{start},{before} +{start + shift},{after} @@\n")
        lines += [_ended("-" + line) for line in hunk.before]
        lines += [_ended("+" + line) for line in hunk.after]
        shift += after - before
    return "".join(lines)


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def coloured(diff: str) -> Text:
    """Returns a diff for a terminal, with control characters made visible."""
    text = Text()
    lines = diff.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        text.append(printable(line), style=_style_of(line))
    return text


def _style_of(line: str) -> str:
    return next((style for start, style in _STYLES if line.startswith(start)), "")


def size_of(change: FileChange) -> tuple[int, int]:
    """Returns how many lines are added and removed."""
    added = sum(len(hunk.after) for hunk in change.hunks)
    removed = sum(len(hunk.before) for hunk in change.hunks)
    return added, removed
