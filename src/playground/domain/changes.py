"""Changes to files as reversible, line-exact values.

Lines are split at LF alone and keep their ends, so CRLF, a missing last newline and form feeds
survive byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from playground.domain.aligning import opcodes
from playground.domain.errors import Stale


def digest_of(text: str) -> str:
    """Returns the SHA-256 of the text's UTF-8 bytes as 64 hexadecimal digits.

    Lone surrogates, which stand for bytes of a path that are no UTF-8, count as they are.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def split_lines(text: str) -> list[str]:
    """Splits at LF alone; every line keeps its end, `"".join` gives the text back."""
    lines = text.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return [*kept, lines[-1]] if lines[-1] else kept


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read.

    Attributes:
        path: POSIX path relative to the task's root.
        text: the decoded UTF-8 text with its original line ends.
    """

    path: str
    text: str

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Hunk:
    """At line `start` of the base (counted from 0), lines `before` become lines `after`."""

    start: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happens to one file.

    Attributes:
        path: POSIX path relative to the task's root.
        base_sha256: digest of the file before, None when the file is new.
        after_sha256: digest of the file afterwards, None when the file goes away
            (only the reverse of a new file).
        hunks: ascending, not overlapping.
    """

    path: str
    base_sha256: str | None
    after_sha256: str | None
    hunks: tuple[Hunk, ...]

    def applied_to(self, base: str) -> str:
        """Returns the text after the change.

        Raises:
            Stale: the base is not the text that this change was made for.
        """
        lines = split_lines(base)
        result: list[str] = []
        cursor = 0
        for hunk in self.hunks:
            end = hunk.start + len(hunk.before)
            if hunk.start < cursor or tuple(lines[hunk.start : end]) != hunk.before:
                raise Stale(f"{self.path} is not the text that this change was made for.")
            result += lines[cursor : hunk.start]
            result += hunk.after
            cursor = end
        return "".join(result + lines[cursor:])

    def reversed(self) -> FileChange:
        """Returns the change that undoes this one."""
        hunks: list[Hunk] = []
        shift = 0
        for hunk in self.hunks:
            hunks.append(Hunk(hunk.start + shift, hunk.after, hunk.before))
            shift += len(hunk.after) - len(hunk.before)
        return FileChange(self.path, self.after_sha256, self.base_sha256, tuple(hunks))

    @property
    def is_new(self) -> bool:
        """Whether the file does not exist before the change."""
        return self.base_sha256 is None


@dataclass(frozen=True, slots=True)
class Patch:
    """Changes of one or more files that belong together; paths are unique and sorted."""

    files: tuple[FileChange, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The changed paths, sorted."""
        return tuple(change.path for change in self.files)

    @property
    def lines_changed(self) -> int:
        """Lines removed plus lines added."""
        return sum(len(h.before) + len(h.after) for f in self.files for h in f.hunks)

    @property
    def digest(self) -> str:
        """SHA-256 over paths, base digests and hunks, 64 hexadecimal digits."""
        hasher = hashlib.sha256()
        for change in self.files:
            hasher.update(repr((change.path, change.base_sha256, change.hunks)).encode())
        return hasher.hexdigest()

    def reversed(self) -> Patch:
        """Returns the patch that undoes this one."""
        return Patch(tuple(change.reversed() for change in self.files))


def change_between(path: str, *, before: str | None, after: str) -> FileChange:
    """Returns the smallest line change that turns `before` into `after`; None means a new file."""
    old, new = split_lines(before or ""), split_lines(after)
    hunks = tuple(
        Hunk(i1, tuple(old[i1:i2]), tuple(new[j1:j2]))
        for tag, i1, i2, j1, j2 in opcodes(old, new)
        if tag != "equal"
    )
    base = None if before is None else digest_of(before)
    return FileChange(path, base, digest_of(after), hunks)


def patch_between(before: dict[str, str | None], after: dict[str, str]) -> Patch:
    """Returns the patch over all files whose text differs; `before[path]` None means new."""
    changes = [
        change_between(path, before=before.get(path), after=text)
        for path, text in sorted(after.items())
        if before.get(path) != text
    ]
    return Patch(tuple(changes))


_CONTEXT_LINES = 3


def unified_diff(change: FileChange, base: str) -> str:
    """Returns the change in the form that `git apply` takes from the root of the repository."""
    change.applied_to(base)  # proves that the base is the right one
    old_name = "/dev/null" if change.base_sha256 is None else f"a/{change.path}"
    new_name = "/dev/null" if change.after_sha256 is None else f"b/{change.path}"
    header = [f"diff --git a/{change.path} b/{change.path}\n"]
    if change.base_sha256 is None:
        header.append("new file mode 100644\n")
    elif change.after_sha256 is None:
        header.append("deleted file mode 100644\n")
    if change.hunks:
        header += [f"--- {old_name}\n", f"+++ {new_name}\n"]
    body = _diff_body(split_lines(base), change.hunks)
    return "".join([*header, *(_ended(line) for line in body)])


def _diff_body(lines: list[str], hunks: tuple[Hunk, ...]) -> Iterator[str]:
    """Yields the hunks with the lines around them; those that come close are shown as one."""
    shift = 0
    for group in _near(hunks):
        first = max(0, group[0].start - _CONTEXT_LINES)
        last = min(len(lines), group[-1].start + len(group[-1].before) + _CONTEXT_LINES)
        grown = sum(len(hunk.after) - len(hunk.before) for hunk in group)
        old, new = (first, last - first), (first + shift, last - first + grown)
        yield f"@@ -{_range(*old)} +{_range(*new)} @@\n"
        cursor = first
        for hunk in group:
            yield from (" " + line for line in lines[cursor : hunk.start])
            yield from ("-" + line for line in hunk.before)
            yield from ("+" + line for line in hunk.after)
            cursor = hunk.start + len(hunk.before)
        yield from (" " + line for line in lines[cursor:last])
        shift += grown


def _near(hunks: tuple[Hunk, ...]) -> list[list[Hunk]]:
    groups: list[list[Hunk]] = []
    for hunk in hunks:
        before = groups[-1][-1] if groups else None
        if before and hunk.start - before.start - len(before.before) <= 2 * _CONTEXT_LINES:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return groups


def _range(start: int, count: int) -> str:
    """Returns a range as unified diffs write it: from 1, an empty one by the line before it."""
    place = start + 1 if count else start
    return str(place) if count == 1 else f"{place},{count}"


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
