"""What a survey covers, and which of its findings a person wants to see."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from playground.analyzers.gate.javascript.silences import is_silenced_in
from playground.analyzers.mirror import Snapshot
from playground.domain.changes import split_lines
from playground.domain.errors import BadInput
from playground.domain.findings import Finding, Severity, Span
from playground.domain.javascript import is_script
from playground.security.reading import NOT_UTF8, SOURCES

_WHOLE_FILE = re.compile(r"^[ \t]*#[ \t]*(?:ruff|flake8)[ \t]*:[ \t]*noqa[ \t]*$", re.MULTILINE)
_ALLOWED_SECRET = re.compile(r"(?i)pragma\s{0,4}:\s{0,4}(?:allow|white)list\s{1,4}secret")


def sources_in(snapshot: Snapshot, paths: Sequence[str]) -> tuple[str, ...]:
    """Returns the sources that the paths name, sorted; all of them when there are none.

    Raises:
        BadInput: a path does not exist, lies outside, or is a file that is not read.
    """
    sources = [path for path in sorted(snapshot.files) if path.endswith(SOURCES)]
    prefixes = [_prefix(path) for path in paths]
    for prefix in prefixes:
        if prefix and not any(_is_in(path, prefix) for path in sources):
            _explain_missing(snapshot, prefix)
    if not prefixes or "" in prefixes:
        return tuple(sources)
    return tuple(path for path in sources if any(_is_in(path, prefix) for prefix in prefixes))


def skipped_in(snapshot: Snapshot, paths: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Returns what was not read among the paths, with reasons; all of it when there are none."""
    prefixes = [_prefix(path) for path in paths]
    if not prefixes or "" in prefixes:
        return snapshot.skipped
    return tuple(s for s in snapshot.skipped if any(_is_in(s[0], p) for p in prefixes))


def unreadable(tool: str, *, snapshot: Snapshot, paths: Sequence[str]) -> tuple[Finding, ...]:
    """Returns a finding for each source among the paths whose bytes are no text.

    It never reaches an analyzer, so what `text` would say about it is said here.
    """
    if tool != "text":
        return ()
    return tuple(
        Finding(
            *(tool, "text-not-utf8", "The file is not UTF-8, so nothing looks into it", path),
            span=Span(1, 1, 1, 1),
            severity=Severity.ERROR,
        )
        for path, reason in skipped_in(snapshot, paths)
        if reason == NOT_UTF8 and path.endswith(SOURCES)
    )


def _prefix(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise BadInput(f"{path!r} lies outside; give a path below the repository's root.")
    return "" if str(pure) == "." else str(pure)


def _is_in(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _explain_missing(snapshot: Snapshot, prefix: str) -> None:
    place, mode = snapshot.root, 0
    for part in PurePosixPath(prefix).parts:
        place = place / part
        try:
            mode = os.lstat(place).st_mode
        except (OSError, ValueError) as error:
            raise BadInput(f"{prefix!r} does not exist; check the path.") from error
        if stat.S_ISLNK(mode):
            raise BadInput(f"{prefix} leads through a link; name what that leads to.")
    skipped = any(_is_in(path, prefix) for path, _reason in snapshot.skipped)
    if not skipped and not stat.S_ISDIR(mode):
        raise BadInput(f"{prefix} is no source that is read; name another file or folder.")


def is_silenced(finding: Finding, *, snapshot: Snapshot) -> bool:
    """Whether the person silenced this place with a suppression comment of their own.

    Such a comment is a decision, so the finding is not offered for repair. It still counts when a
    candidate is judged. Nothing silences what deceives the reader, and a secret only the comment
    that is about secrets.
    """
    if finding.tool == "text":
        return False
    raw = snapshot.files[finding.path].text
    seen = snapshot.texts[finding.path]
    if raw == seen:
        return False
    if is_script(finding.path):
        return is_silenced_in(raw, finding)
    if finding.tool == "ruff" and _WHOLE_FILE.search(raw):
        return True
    ends = (finding.span.start_line, finding.span.end_line)
    old, new = _lines(raw), _lines(seen)
    if finding.tool == "secrets":
        return any(_ALLOWED_SECRET.search(old[line - 1]) for line in ends if line <= len(old))
    return any(1 <= line <= len(old) and old[line - 1] != new[line - 1] for line in ends)


@lru_cache(maxsize=64)
def _lines(text: str) -> list[str]:
    return split_lines(text)
