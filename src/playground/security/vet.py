"""The first door: a draft becomes a candidate here or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from playground.domain.candidates import Candidate, Draft, Refused
from playground.domain.changes import FileChange, Patch, digest_of
from playground.domain.errors import Stale
from playground.domain.tasks import Policy, Source, Task
from playground.security.activation import activation_reason, shadow_reason
from playground.security.paths import path_problem
from playground.security.secrets import new_secrets
from playground.security.suppressions import added_suppressions
from playground.security.unicode import has_surrogates, new_hidden_characters
from playground.security.vacancy import clash

FILE_BYTES_MAX = 1_000_000

_ANSWER_KEPT = 400
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Changed:
    """One file's change with both texts; `before` is None when the file is new."""

    change: FileChange
    before: str | None
    after: str


def vet(
    draft: Draft,
    *,
    task: Task,
    policy: Policy,
    bases: Mapping[str, str],
    obstacle: Callable[[str], str],
) -> Candidate | Refused:
    """Lets a draft through, or says why not; nothing else in the product makes a `Candidate`.

    Args:
        draft: what a source made.
        task: says which files may change, which were named and whether files may be created.
        policy: bounds of the number of files and of changed lines.
        bases: the text of every existing file that the patch may be based on, by path.
        obstacle: says why the tree has no place for a new file at a path, or "".

    Returns:
        The candidate, or the refusal with one of the codes malformed, not-asked, unchanged,
        path-outside, path-taken, too-many-files, too-large, base-mismatch, hidden-characters,
        secret-added, suppression-added and activation-surface.
    """
    patch = draft.patch
    if patch is None:
        reason = draft.defect or "The answer cannot be read as a change of the file."
        code = "malformed" if _was_answered(draft) else "not-asked"
        return _refused(draft, _Refusal(code, reason))
    refusal = _bounds(patch, policy) or _places(patch, task) or _vacancy(patch, task, obstacle)
    if refusal:
        return _refused(draft, refusal)
    changed = _texts(patch, task, bases)
    if isinstance(changed, _Refusal):
        return _refused(draft, changed)
    for refusal in _contents(changed):
        return _refused(draft, refusal)
    return Candidate(patch.digest[:_ID_DIGITS], patch, draft.provenance)


def _was_answered(draft: Draft) -> bool:
    """Whether there is anything that could be malformed: a question may never have been asked."""
    made = draft.provenance
    by_model = made.source in {Source.ENGINE, Source.SAMPLES}
    return not by_model or bool(draft.answer or made.engine or made.usage.total)


def _refused(draft: Draft, refusal: _Refusal) -> Refused:
    return Refused(refusal.code, refusal.reason, draft.provenance, draft.answer[:_ANSWER_KEPT])


def _bounds(patch: Patch, policy: Policy) -> _Refusal | None:
    if all(change.base_sha256 == change.after_sha256 for change in patch.files):
        return _Refusal("unchanged", "The answer leaves the code as it is.")
    paths = [path.casefold() for path in patch.paths]
    if len(set(paths)) < len(paths):
        return _Refusal("malformed", "The patch changes the same file twice.")
    if len(paths) > policy.files_max:
        reason = f"The patch changes {len(paths)} files; at most {policy.files_max} are allowed."
        return _Refusal("too-many-files", reason)
    if patch.lines_changed > policy.patch_lines_max:
        reason = (
            f"The patch changes {patch.lines_changed} lines; "
            f"at most {policy.patch_lines_max} are allowed."
        )
        return _Refusal("too-large", reason)
    return None


def _places(patch: Patch, task: Task) -> _Refusal | None:
    for change in patch.files:
        refusal = _place(change, task)
        if refusal:
            return refusal
    return None


def _place(change: FileChange, task: Task) -> _Refusal | None:
    path = change.path
    problem = path_problem(path)
    if problem:
        return _Refusal("path-outside", f"{path!r} is no usable path: {problem}.")
    creates = task.may_create and change.is_new
    if path not in {ref.path for ref in task.files} and not creates:
        return _Refusal("path-outside", f"{path} is not one of the files that may change.")
    if change.after_sha256 is None:
        return _Refusal("path-outside", f"{path} would be deleted; a patch may not remove files.")
    reason = activation_reason(path) or (shadow_reason(path) if change.is_new else "")
    if reason and path not in task.named:
        return _Refusal("activation-surface", f"{reason} Name the file to allow it.")
    return None


def _vacancy(patch: Patch, task: Task, obstacle: Callable[[str], str]) -> _Refusal | None:
    others = {*patch.paths, *(ref.path for ref in task.files)}
    for change in patch.files:
        if change.is_new:
            reason = clash(change.path, others=sorted(others)) or obstacle(change.path)
            if reason:
                return _Refusal("path-taken", reason)
    return None


def _texts(patch: Patch, task: Task, bases: Mapping[str, str]) -> tuple[_Changed, ...] | _Refusal:
    """Applies every change to its base and proves that the digests hold."""
    opened = {ref.path: ref.sha256 for ref in task.files}
    result: list[_Changed] = []
    for change in patch.files:
        base = bases.get(change.path)
        known = None if base is None else digest_of(base)
        if known != change.base_sha256 or opened.get(change.path, known) != known:
            reason = f"{change.path} is not the text that the change was made for."
            return _Refusal("base-mismatch", reason)
        try:
            after = change.applied_to(base or "")
        except Stale as error:
            return _Refusal("base-mismatch", str(error))
        if has_surrogates(after) or digest_of(after) != change.after_sha256:
            reason = f"The change of {change.path} does not give the text that it promises."
            return _Refusal("malformed", reason)
        result.append(_Changed(change, base, after))
    return tuple(result)


def _contents(changed: tuple[_Changed, ...]) -> Iterator[_Refusal]:
    checks: tuple[Callable[[_Changed], _Refusal | None], ...] = (
        _size,
        _hidden,
        _secrets,
        _suppressions,
    )
    for check in checks:
        for file in changed:
            refusal = check(file)
            if refusal:
                yield refusal


def _size(file: _Changed) -> _Refusal | None:
    bytes_after = len(file.after.encode("utf-8"))
    if bytes_after <= FILE_BYTES_MAX or bytes_after <= len((file.before or "").encode("utf-8")):
        return None
    reason = f"{file.change.path} would have {bytes_after} bytes; at most {FILE_BYTES_MAX} may be."
    return _Refusal("too-large", reason)


def _hidden(file: _Changed) -> _Refusal | None:
    new = new_hidden_characters(file.before or "", file.after)
    if not new:
        return None
    reason = f"{file.change.path} would gain characters that no one can see: {', '.join(new[:5])}."
    return _Refusal("hidden-characters", reason)


def _secrets(file: _Changed) -> _Refusal | None:
    new = new_secrets(file.before or "", file.after)
    if not new:
        return None
    kinds = ", ".join(sorted({secret.kind for secret in new}))
    return _Refusal("secret-added", f"{file.change.path} would gain a secret ({kinds}).")


def _suppressions(file: _Changed) -> _Refusal | None:
    new = added_suppressions(file.before or "", file.after, path=file.change.path)
    if not new:
        return None
    reason = (
        f"{file.change.path} would gain a comment that silences an analyzer "
        f"({', '.join(sorted(new)[:5])}); repair the code instead."
    )
    return _Refusal("suppression-added", reason)
