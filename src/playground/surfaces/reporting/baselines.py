"""Baseline files: findings that were there when the file was written, and do not count any more.

A baseline is JSON with one finding a line, sorted, so that a difference between two of them can be
read. A finding is known again by its fingerprint, which moved lines do not change. The file's path
is part of it; where a file was renamed, its findings are known by the path that it had.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from playground.domain.errors import BadInput
from playground.domain.findings import Finding
from playground.security.reading import read_text
from playground.surfaces.reporting.checked import Checked, Known, known_of

FORMAT, VERSION = "playground-baseline", 1
"""How a baseline file names itself."""

_BYTES_MAX = 64 << 20
_RENAMED_SHARE_MIN = 0.5
_MEMBERS = ("fingerprint", "path", "tool", "rule", "message")


def baseline_text(known: Iterable[Known]) -> str:
    """Returns the text of a baseline file."""
    ordered = sorted(known, key=lambda k: (k.path, k.tool, k.rule, k.message, k.fingerprint))
    lines = ",\n".join(f"    {json.dumps(asdict(item), ensure_ascii=True)}" for item in ordered)
    findings = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "format": "{FORMAT}",\n  "version": {VERSION},\n  "findings": {findings}\n}}\n'


def is_baseline(text: str) -> bool:
    """Whether a text is a baseline file of any version."""
    return text.startswith(f'{{\n  "format": "{FORMAT}",')


def read_baseline(path: Path) -> tuple[Known, ...]:
    """Reads a baseline file.

    Raises:
        BadInput: it is missing, broken or of another version.
    """
    text = read_text(path.parent, path=path.name, bytes_max=_BYTES_MAX)
    if text is None:
        raise BadInput(f"There is no baseline {path}; make one with --write-baseline.")
    try:
        content: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path) from error
    members = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    if members.get("format") != FORMAT:
        raise BadInput(f"{path} is no baseline of Playground; make one with --write-baseline.")
    if members.get("version") != VERSION:
        raise BadInput(
            f"{path} is a baseline of version {members.get('version')!r}, and {VERSION} is read "
            "here; write it anew with --write-baseline."
        )
    found = members.get("findings")
    if not isinstance(found, list):
        raise _broken(path)
    return tuple(_known(item, path) for item in cast("list[object]", found))


def _known(item: object, path: Path) -> Known:
    members = cast("dict[str, object]", item) if isinstance(item, dict) else {}
    values = [members.get(name) for name in _MEMBERS]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(_MEMBERS):
        raise _broken(path)
    return Known(*texts)


def _broken(path: Path) -> BadInput:
    return BadInput(f"The baseline {path} is broken; write it anew with --write-baseline.")


def against(
    checked: Checked,
    *,
    baseline: Sequence[Known],
    name: str,
    covers: Callable[[Known], bool],
    exists: Callable[[str], bool],
) -> Checked:
    """Returns what was found, compared with a baseline.

    Args:
        checked: what was found.
        baseline: what was found earlier.
        name: the baseline's name in words.
        covers: whether a finding of earlier lies within what was asked about now.
        exists: whether there is a file at a path below the root.
    """
    left = Counter(item.fingerprint for item in baseline)
    known: set[str] = set()
    unknown: list[Finding] = []
    for finding in checked.findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            known.add(finding.fingerprint)
        else:
            unknown.append(finding)
    gone = [item for item in baseline if _taken(left, item.fingerprint)]
    renamed = _under_old_paths(unknown, gone, baseline=baseline, exists=exists)
    known |= {finding.fingerprint for finding, _old in renamed}
    found_again = {old for _finding, old in renamed}
    silent = {check.tool for check in checked.unanswered}
    asked = {check.tool for check in checked.checks} - silent
    absent = [k for k in gone if k.fingerprint not in found_again and k.tool in asked and covers(k)]
    return replace(
        checked,
        against=name,
        known=frozenset(known),
        unchanged=sum(f.fingerprint in known for f in checked.findings),
        absent=tuple(absent),
    )


def _taken(left: Counter[str], fingerprint: str) -> bool:
    """Takes one of what is left, if there is one."""
    if left[fingerprint] <= 0:
        return False
    left[fingerprint] -= 1
    return True


def _under_old_paths(
    unknown: Sequence[Finding],
    gone: Sequence[Known],
    *,
    baseline: Sequence[Known],
    exists: Callable[[str], bool],
) -> list[tuple[Finding, str]]:
    """Returns findings of renamed files, each with the fingerprint that it had.

    A file counts as renamed when it is not in the baseline, a file of the baseline does not exist
    any more, and at least half of the findings of that one are found in this one.
    """
    there = {item.path for item in baseline}
    lost: defaultdict[str, set[str]] = defaultdict(set)
    for item in gone:
        lost[item.path].add(item.fingerprint)
    lost_paths = [path for path in sorted(lost) if not exists(path)]
    fresh: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in unknown:
        if finding.path not in there:
            fresh[finding.path].append(finding)
    found: list[tuple[Finding, str]] = []
    for path in sorted(fresh):
        for old_path in lost_paths:
            moved = [(f, replace(f, path=old_path).fingerprint) for f in fresh[path]]
            again = [(f, old) for f, old in moved if old in lost[old_path]]
            if again and len(again) >= _RENAMED_SHARE_MIN * len(lost[old_path]):
                found += again
                lost_paths.remove(old_path)
                break
    return found


def updated(
    checked: Checked, *, before: Sequence[Known], covers: Callable[[Known], bool]
) -> tuple[Known, ...]:
    """Returns what a baseline holds from now on: what was found, and what was not asked about."""
    kept = [item for item in before if not covers(item)]
    return (*kept, *(known_of(finding) for finding in checked.findings))
