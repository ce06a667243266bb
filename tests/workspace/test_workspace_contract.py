"""What every workspace promises, on the disk and in memory alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.domain.changes import Patch, digest_of, patch_between
from playground.domain.errors import BadInput, Conflict, Stale
from playground.domain.events import FileWritten
from playground.domain.ports import Confirm, Workspace
from playground.security.workspace import LocalWorkspace
from playground.testing import FakeWorkspace
from playground.testing.proposals import approval_of, certain, proposal_of


@dataclass
class Tree:
    """A workspace with a way to edit and see its files as a person would."""

    root: Path
    workspace: Workspace
    edit: Callable[[str, str], None]
    files: Callable[[], dict[str, str]]

    def apply(self, patch: Patch, *, confirm: Confirm = certain) -> list[FileWritten]:
        proposal = proposal_of(patch)
        return self.workspace.apply(
            proposal, root=self.root, approved=approval_of(proposal), confirm=confirm
        )

    def undo(self, patch: Patch, *, confirm: Confirm = certain) -> list[FileWritten]:
        return self.workspace.undo(patch, root=self.root, confirm=confirm)


def local_tree(root: Path) -> Tree:
    def edit(path: str, text: str) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())

    def files() -> dict[str, str]:
        found = (p for p in root.rglob("*") if p.is_file())
        return {p.relative_to(root).as_posix(): p.read_bytes().decode() for p in found}

    return Tree(root, LocalWorkspace(), edit, files)


def fake_tree(root: Path) -> Tree:
    workspace = FakeWorkspace()
    return Tree(root, workspace, workspace.files.__setitem__, lambda: dict(workspace.files))


@pytest.fixture(params=[local_tree, fake_tree])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    make: Callable[[Path], Tree] = request.param
    return make(tmp_path)


def planted(tree: Tree, before: Mapping[str, str | None], after: dict[str, str]) -> Patch:
    for path, text in before.items():
        if text is not None:
            tree.edit(path, text)
    return patch_between(dict(before), after)


def test_reads_what_is_there(tree: Tree) -> None:
    tree.edit("pkg/a.py", "x = 1\r\n")
    source = tree.workspace.read(tree.root, path="pkg/a.py")
    assert (source.path, source.text) == ("pkg/a.py", "x = 1\r\n")


def test_a_missing_file_is_bad_input(tree: Tree) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.py"):
        tree.workspace.read(tree.root, path="nowhere.py")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("new.py", ""),
        ("pkg/new.py", ""),
        ("other/deep/new.py", ""),
        ("pkg/a.py", "pkg/a.py is there already"),
        ("pkg", "pkg is a f"),
        ("pkg/a.py/new.py", "pkg/a.py is a file, so no file can be made at pkg/a.py/new.py"),
        ("pkg/A.py", "pkg/A.py would be the same file as pkg/a.py on some systems"),
        ("PKG/new.py", "PKG would be the same file as pkg on some systems"),
    ],
)
def test_says_what_is_in_the_way_of_a_new_file(tree: Tree, path: str, said: str) -> None:
    tree.edit("pkg/a.py", "x = 1\n")
    found = tree.workspace.obstacle(tree.root, path=path)
    assert re.match(said, found) if said else not found


def test_apply_changes_and_creates_and_says_so(tree: Tree) -> None:
    patch = planted(
        tree,
        {"a.py": "one\ntwo\n", "new/deep/b.py": None},
        {"a.py": "one\n2\n", "new/deep/b.py": "fresh\n"},
    )
    written = tree.apply(patch)
    assert tree.files() == {"a.py": "one\n2\n", "new/deep/b.py": "fresh\n"}
    assert written == [
        FileWritten("a.py", digest_of("one\ntwo\n"), digest_of("one\n2\n")),
        FileWritten("new/deep/b.py", None, digest_of("fresh\n")),
    ]


def test_apply_again_is_harmless_and_answers_the_same(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n", "b.py": None}, {"a.py": "2\n", "b.py": "n\n"})
    assert tree.apply(patch) == tree.apply(patch)
    assert tree.files() == {"a.py": "2\n", "b.py": "n\n"}


def test_a_half_applied_patch_is_finished(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})
    tree.edit("a.py", "2\n")
    tree.apply(patch)
    assert tree.files() == {"a.py": "2\n", "b.py": "2\n"}


def test_an_approval_of_something_else_writes_nothing(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n"}, {"a.py": "2\n"})
    other = approval_of(proposal_of(patch, run_id="another"))
    with pytest.raises(Stale):
        tree.workspace.apply(proposal_of(patch), root=tree.root, approved=other, confirm=certain)
    assert tree.files() == {"a.py": "1\n"}


def test_what_is_not_confirmed_any_more_is_neither_written_nor_taken_back(tree: Tree) -> None:
    def overtaken() -> None:
        raise Conflict("others were here")

    patch = planted(tree, {"a.py": "1\n", "new/b.py": None}, {"a.py": "2\n", "new/b.py": "n\n"})
    with pytest.raises(Conflict):
        tree.apply(patch, confirm=overtaken)
    assert tree.files() == {"a.py": "1\n"}
    tree.apply(patch)
    with pytest.raises(Conflict):
        tree.undo(patch, confirm=overtaken)
    assert tree.files() == {"a.py": "2\n", "new/b.py": "n\n"}
    tree.apply(patch, confirm=overtaken)  # nothing is left to write, so nobody is asked


def test_one_edited_file_stops_the_whole_patch(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})
    tree.edit("b.py", "mine\n")
    with pytest.raises(Stale, match=r"b\.py"):
        tree.apply(patch)
    assert tree.files() == {"a.py": "1\n", "b.py": "mine\n"}


def test_a_new_file_never_replaces_one_that_appeared(tree: Tree) -> None:
    patch = planted(tree, {"a.py": None}, {"a.py": "new\n"})
    tree.edit("a.py", "mine\n")
    with pytest.raises(Stale):
        tree.apply(patch)
    assert tree.files() == {"a.py": "mine\n"}


def test_undo_restores_and_may_be_repeated(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n", "b.py": None}, {"a.py": "2\n", "b.py": "n\n"})
    tree.apply(patch)
    written = tree.undo(patch)
    assert tree.files() == {"a.py": "1\n"}
    assert written[1] == FileWritten("b.py", digest_of("n\n"), None)
    assert tree.undo(patch) == written


def test_undo_keeps_what_a_person_wrote_since(tree: Tree) -> None:
    patch = planted(tree, {"a.py": "1\n", "b.py": None}, {"a.py": "2\n", "b.py": "n\n"})
    tree.apply(patch)
    tree.edit("b.py", "n\nmine\n")
    with pytest.raises(Stale):
        tree.undo(patch)
    assert tree.files() == {"a.py": "2\n", "b.py": "n\nmine\n"}


TEXTS = st.text(alphabet="ab\n\r\f\ufeffé😀\0\u2028", max_size=30)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TEXTS, after=TEXTS, fresh=TEXTS)
def test_apply_and_undo_are_exact_to_the_byte(
    tree: Tree, before: str, after: str, fresh: str
) -> None:
    for path in tree.files():
        tree.edit(path, "")
    name = f"{digest_of(before + after + fresh)[:20]}.py"
    tree.edit(name, before)
    patch = patch_between({name: before, f"new-{name}": None}, {name: after, f"new-{name}": fresh})
    if f"new-{name}" in tree.files():
        return
    tree.apply(patch)
    assert tree.files()[name] == after
    assert tree.files()[f"new-{name}"] == fresh
    tree.undo(patch)
    assert tree.files()[name] == before
    assert f"new-{name}" not in tree.files()
