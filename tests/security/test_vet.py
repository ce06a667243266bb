from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.candidates import Candidate, Draft, Provenance, Refused
from playground.domain.changes import FileChange, Hunk, Patch, digest_of, patch_between
from playground.domain.tasks import FileRef, Policy, Source, Task, TaskKind
from playground.security.vet import vet

BASE = "x = 1\ny = 2\n"
TASK = Task("/r", TaskKind.REPAIR, "g", (FileRef("a.py", digest_of(BASE)),))


def vacant(_path: str) -> str:
    return ""


def draft(after: str = "x = 3\ny = 2\n", *, path: str = "a.py", base: str | None = BASE) -> Draft:
    patch = patch_between({path: base}, {path: after})
    return Draft(patch, Provenance(Source.ENGINE), answer="answer " * 100)


def outcome(
    made: Draft,
    *,
    task: Task = TASK,
    policy: Policy | None = None,
    bases: dict[str, str] | None = None,
) -> str:
    known = {"a.py": BASE} if bases is None else bases
    result = vet(made, task=task, policy=policy or Policy(), bases=known, obstacle=vacant)
    return result.code if isinstance(result, Refused) else "candidate"


def test_a_good_draft_becomes_a_candidate_named_by_its_digest() -> None:
    made = draft()
    result = vet(made, task=TASK, policy=Policy(), bases={"a.py": BASE}, obstacle=vacant)
    assert isinstance(result, Candidate)
    assert made.patch is not None
    assert result.id == made.patch.digest[:12]
    assert (result.patch, result.provenance) == (made.patch, made.provenance)


def test_no_patch_is_malformed_with_the_drafts_own_reason() -> None:
    result = vet(
        Draft(None, Provenance(Source.ENGINE), "x" * 5000, "The answer was cut off."),
        task=TASK,
        policy=Policy(),
        bases={},
        obstacle=vacant,
    )
    assert isinstance(result, Refused)
    assert (result.code, result.reason) == ("malformed", "The answer was cut off.")
    assert len(result.answer) == 400


def test_unchanged() -> None:
    assert outcome(draft(BASE)) == "unchanged"
    assert outcome(Draft(Patch(()), Provenance(Source.ENGINE))) == "unchanged"
    same = FileChange("a.py", digest_of(BASE), digest_of(BASE), ())
    assert outcome(Draft(Patch((same,)), Provenance(Source.ENGINE))) == "unchanged"


@pytest.mark.parametrize(
    "path",
    [
        "b.py", "../a.py", "/etc/passwd", "./a.py", "x/../a.py", "a.py/", "", "C:\\a.py", "C:/a.py",
        "a\\b.py", "a\0.py", "a\n.py", "a\u202e.py", "\uff41.py", "~/a.py", "A" * 201, "a.py.",
        "a.py ", " a.py", "nul.py", "x//a.py", "a.py::$DATA", "\ud800.py",
    ],
)  # fmt: skip
def test_paths_outside(path: str) -> None:
    refs = () if path == "b.py" else (FileRef(path, None),)
    task = replace(TASK, files=(*TASK.files, *refs), may_create=path != "b.py")
    change = FileChange(path, None, digest_of("x = 1\n"), (Hunk(0, (), ("x = 1\n",)),))
    made = Draft(Patch((change,)), Provenance(Source.ENGINE))
    assert outcome(made, task=task) == "path-outside"


def test_new_files_need_permission() -> None:
    made = draft("x = 1\n", path="pkg/new.py", base=None)
    assert outcome(made) == "path-outside"
    assert outcome(made, task=replace(TASK, may_create=True)) == "candidate"
    listed = replace(TASK, files=(*TASK.files, FileRef("pkg/new.py", None)))
    assert outcome(made, task=listed) == "candidate"


def test_permission_to_create_is_none_to_change_other_files() -> None:
    made = draft("z = 1\n", path="b.py", base="z = 0\n")
    task = replace(TASK, may_create=True)
    assert outcome(made, task=task, bases={"a.py": BASE, "b.py": "z = 0\n"}) == "path-outside"
    overwriting = draft("z = 1\n", path="b.py", base=None)
    assert outcome(overwriting, task=task, bases={"b.py": "z = 0\n"}) == "base-mismatch"


def created(*paths: str, task: Task = TASK, said: str = "") -> str:
    """Returns the reason for refusing a patch that makes these files, "" for a candidate."""
    patch = patch_between(dict.fromkeys(paths), dict.fromkeys(paths, "x = 1\n"))
    made = Draft(patch, Provenance(Source.ENGINE))
    allowed = replace(task, may_create=True)
    bases = {"a.py": BASE}
    result = vet(made, task=allowed, policy=Policy(), bases=bases, obstacle=lambda _: said)
    assert not isinstance(result, Refused) or result.code == "path-taken"
    return result.reason if isinstance(result, Refused) else ""


def test_a_new_file_needs_a_place_in_the_tree() -> None:
    said = "pkg is a link, so no file can be made at pkg/new.py."
    assert created("pkg/new.py", said=said) == said
    assert created("pkg/new.py") == ""
    assert outcome(draft(), task=replace(TASK, may_create=True)) == "candidate"


def test_new_files_fit_beside_each_other_and_beside_the_files_in_scope() -> None:
    assert created("a.py/new.py") == "a.py is a file, so no file can be made at a.py/new.py."
    assert created("b", "b/c.py") == "b is a file, so no file can be made at b/c.py."
    assert "would be the same file as a.py on some systems" in created("A.py")
    assert "Pkg would be the same file as pkg" in created("pkg/a.py", "Pkg/b.py")
    assert created("pkg/a.py", "pkg/b.py", "a.pyi", "a/b.py") == ""


def test_files_may_not_be_removed() -> None:
    change = FileChange("a.py", digest_of(BASE), None, (Hunk(0, ("x = 1\n", "y = 2\n"), ()),))
    assert outcome(Draft(Patch((change,)), Provenance(Source.ENGINE))) == "path-outside"


def test_bounds() -> None:
    assert outcome(draft(), policy=Policy(patch_lines_max=1)) == "too-large"
    assert outcome(draft(), policy=Policy(patch_lines_max=2)) == "candidate"
    assert outcome(draft(), policy=Policy(files_max=0)) == "too-many-files"
    assert outcome(draft("x = '" + "a" * 1_000_000 + "'\n")) == "too-large"


def test_the_base_must_be_the_one_the_task_was_opened_for() -> None:
    assert outcome(draft(), bases={"a.py": "other\n"}) == "base-mismatch"
    assert outcome(draft(), bases={}) == "base-mismatch"
    stale = replace(TASK, files=(FileRef("a.py", digest_of("other\n")),))
    assert outcome(draft(), task=stale) == "base-mismatch"
    lying = FileChange("a.py", digest_of(BASE), digest_of("z\n"), (Hunk(0, ("q\n",), ("z\n",)),))
    assert outcome(Draft(Patch((lying,)), Provenance(Source.ENGINE))) == "base-mismatch"


def test_a_patch_must_give_what_it_promises() -> None:
    change = FileChange("a.py", digest_of(BASE), "0" * 64, (Hunk(0, ("x = 1\n",), ("x = 3\n",)),))
    assert outcome(Draft(Patch((change,)), Provenance(Source.ENGINE))) == "malformed"
    made = draft().patch
    assert made is not None
    assert outcome(Draft(Patch(made.files * 2), Provenance(Source.ENGINE))) == "malformed"


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("hidden-characters", "x = '\u202e'\ny = 2\n"),
        ("hidden-characters", "x = 1  # \U000e0041\ny = 2\n"),
        ("hidden-characters", "x = 'a\u200bb'\ny = 2\n"),
        ("secret-added", "x = 'ghp_" + "a1B2" * 9 + "'\ny = 2\n"),
        ("secret-added", "x = '''-----BEGIN RSA PRIVATE KEY-----\nabc'''\ny = 2\n"),
        ("suppression-added", "x = 1  # noqa\ny = 2\n"),
        ("suppression-added", "# pyright: basic\nx = 1\ny = 2\n"),
        ("suppression-added", "x = 1  # type: ignore[assignment]\ny = 2\n"),
    ],
)
def test_contents_newly_brought_in(code: str, after: str) -> None:
    assert outcome(draft(after)) == code
    kept = after.replace("y = 2", "y = 3")
    task = replace(TASK, files=(FileRef("a.py", digest_of(after)),))
    assert outcome(draft(kept, base=after), task=task, bases={"a.py": after}) == "candidate"


def test_a_secret_is_not_repeated_in_the_reason() -> None:
    secret = "ghp_" + "a1B2" * 9
    made = draft(f"x = '{secret}'\n")
    result = vet(made, task=TASK, policy=Policy(), bases={"a.py": BASE}, obstacle=vacant)
    assert isinstance(result, Refused)
    assert secret not in result.reason


def test_activation_surfaces_need_to_be_named() -> None:
    for path in ("conftest.py", "pkg/setup.py", ".github/workflows/x.yml", "CONFTEST.py"):
        made = draft("x = 1\n", path=path, base=None)
        task = replace(TASK, may_create=True)
        assert outcome(made, task=task) == "activation-surface", path
        assert outcome(made, task=replace(task, named=(path,))) == "candidate"
        assert outcome(made, task=replace(task, named=("other.py",))) == "activation-surface"


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_arbitrary_texts_never_raise(before: str, after: str, path: str) -> None:
    clean = (t.encode("utf-8", "replace").decode() for t in (before, after))
    base, made = clean
    task = replace(TASK, files=(FileRef("a.py", digest_of(base)),), may_create=True)
    outcome(draft(made, base=base), task=task, bases={"a.py": base})
    change = FileChange(path, None, "0" * 64, (Hunk(0, (), (after,)),))
    assert outcome(Draft(Patch((change,)), Provenance(Source.ENGINE)), task=task) != "candidate"
