"""What a person typed as paths, as one repository root and paths below it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from playground.domain.errors import BadInput
from playground.domain.findings import Finding
from playground.domain.ports import Survey

ROOT_MARKS = (".git", "pyproject.toml")
"""What lies in the root of a repository."""

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(:\d+)?")


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at.

    Attributes:
        root: absolute root of the repository.
        paths: POSIX paths below it, empty for all of it.
        named: the files among them, each named by the person.
        lines: for a file named with a line, the lines asked about.
    """

    root: Path
    paths: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])

    def narrowed(self, survey: Survey) -> Survey:
        """Returns the survey with only those findings that were asked about."""
        return replace(survey, findings=tuple(f for f in survey.findings if self.covers(f)))

    def covers(self, finding: Finding) -> bool:
        """Whether a finding lies on a line that was asked about."""
        wanted = self.lines.get(finding.path)
        if wanted is None:
            return True
        return any(_lies_on(finding, line) for line in wanted)

    def empty_places(self, findings: Sequence[Finding]) -> list[tuple[str, int]]:
        """Returns the lines that were asked about on which none of the findings lies."""
        return [
            (path, line)
            for path, lines in sorted(self.lines.items())
            for line in sorted(lines)
            if not any(f.path == path and _lies_on(f, line) for f in findings)
        ]

    def unread(self, skipped: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Returns the files that the person named among those that were not read."""
        left_out = {path for path, _reason in skipped}
        return tuple(path for path in self.named if path in left_out)

    def among(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Returns those of the paths that lie in scope."""
        if not self.paths:
            return tuple(paths)
        inside = tuple(f"{p}/" for p in self.paths)
        return tuple(p for p in paths if p in self.paths or p.startswith(inside))


def _lies_on(finding: Finding, line: int) -> bool:
    span = finding.span
    return span.start_line <= line <= max(span.start_line, span.end_line)


def repository_root(start: Path) -> Path:
    """Returns the nearest folder from `start` upwards that is a root, else `start` itself."""
    folders = (start, *start.parents)
    marked = (f for f in folders if any((f / mark).exists() for mark in ROOT_MARKS))
    return next(marked, start)


def scope_of(typed: Sequence[str], *, cwd: Path) -> Scope:
    """Returns the scope of paths such as `src`, `src/app.py` or `src/app.py:14`.

    Raises:
        BadInput: a path does not exist, or the paths lie in several repositories.
    """
    places = [_place_of(text, cwd) for text in typed]
    roots = {repository_root(path if path.is_dir() else path.parent) for path, _line in places}
    if len(roots) > 1:
        names = " and ".join(str(root) for root in sorted(roots)[:2])
        raise BadInput(f"The paths lie in {names}; give paths of one repository at a time.")
    root = roots.pop() if roots else repository_root(cwd)
    lines: dict[str, set[int]] = defaultdict(set)
    whole: set[str] = set()
    for path, line in places:
        relative = path.relative_to(root).as_posix()
        if line is None:
            whole.add(relative)
        else:
            lines[relative].add(line)
    everything = "." in whole
    kept = {path: frozenset(found) for path, found in lines.items() if path not in whole}
    return Scope(
        root=root,
        paths=() if everything else tuple(sorted(whole | set(lines))),
        named=tuple(sorted(p.relative_to(root).as_posix() for p, _line in places if p.is_file())),
        lines={} if everything else kept,
    )


def _place_of(text: str, cwd: Path) -> tuple[Path, int | None]:
    path = _resolved(text, cwd)
    if path.exists():
        _expect_no_way_out(text, path, cwd)
        return path, None
    found = _PLACE.fullmatch(text)
    if found is not None and (path := _resolved(found["path"], cwd)).is_file():
        _expect_no_way_out(found["path"], path, cwd)
        return path, int(found["line"])
    raise BadInput(f"There is no {text!r}; give a file, a folder or FILE:LINE that exists.")


def _expect_no_way_out(text: str, path: Path, cwd: Path) -> None:
    """Refuses a link of a repository that leads out of it: another place would be worked on."""
    here = _resolved(".", cwd)
    typed = Path(os.path.normpath(here / Path(text).expanduser()))
    root = repository_root(typed.parent)
    root = root if any((root / mark).exists() for mark in ROOT_MARKS) else here
    if typed.is_relative_to(root) and not path.is_relative_to(root):
        raise BadInput(f"{text!r} leads out of {root} through a link; give the place behind it.")


def _resolved(text: str, cwd: Path) -> Path:
    try:
        return (cwd / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"{text!r} cannot be used as a path; give a file or a folder.") from error


def files_below(typed: Sequence[str], *, root: Path, cwd: Path) -> tuple[str, ...]:
    """Returns files, existing or new, as POSIX paths below the root.

    Raises:
        BadInput: one lies outside or is a folder.
    """
    found: list[str] = []
    for text in typed:
        path = _resolved(text, cwd)
        if not path.is_relative_to(root) or path == root:
            raise BadInput(f"{text!r} lies outside {root}; give a file below it.")
        if path.is_dir():
            raise BadInput(f"{text!r} is a folder; give a file.")
        found.append(path.relative_to(root).as_posix())
    return tuple(dict.fromkeys(found))
