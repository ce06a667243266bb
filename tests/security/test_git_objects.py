"""Git repositories read as data, with git itself as the measure of what is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_world import commit, everything, files, git, grown, told

from playground.security.git_objects import tree_at


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def same_as_git(folder: Path, revision: str) -> None:
    names = git(folder, "ls-tree", "-r", "--name-only", revision).split()
    assert files(folder, revision) == {n: git(folder, "show", f"{revision}:{n}") for n in names}


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_are_what_git_says_loose_and_packed(form: str, packed: bool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", f"--object-format={form}")
    grown(tmp_path, seed=3, commits=12)
    if packed:
        git(tmp_path, "gc", "-q", "--aggressive")
        assert list((tmp_path / ".git/objects/pack").glob("*.pack"))
    for revision in ("HEAD", "HEAD~5", "main~11"):
        same_as_git(tmp_path, revision)


def test_names_are_found_wherever_git_keeps_them(repo: Path) -> None:
    commits = [commit(repo, a_py=f"x = {n}\n") for n in range(4)]
    git(repo, "branch", "topic/one", commits[1])
    git(repo, "tag", "light", commits[0])
    git(repo, "tag", "-a", "v1", "-m", "first", commits[2])
    git(repo, "update-ref", "refs/remotes/origin/main", commits[2])
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")

    def found(revision: str) -> str:
        with tree_at(repo, revision=revision, wanted=everything) as tree:
            return tree.commit

    def all_found() -> None:
        for revision in (
            *("HEAD", "@", "main", "topic/one", "heads/main", "light", "v1", "v1^{}", "v1~1"),
            *("origin/main", "origin", "refs/tags/v1", "HEAD^", "HEAD~2", "HEAD^^", "HEAD~1^1"),
            *(commits[1], commits[1][:7], "HEAD^0", "main^{commit}"),
        ):
            expected = git(repo, "rev-parse", f"{revision}^{{commit}}").strip()
            assert found(revision) == expected, revision

    all_found()
    git(repo, "pack-refs", "--all")
    git(repo, "gc", "-q")
    all_found()
    git(repo, "checkout", "-q", "--detach", commits[1])
    assert found("HEAD") == commits[1]


@pytest.mark.parametrize(
    "revision",
    [
        *(
            "",
            "nope",
            "HEAD..main",
            "main@{1}",
            "HEAD:a.py",
            "--all",
            "../x",
            "HEAD~9",
            "HEAD^2",
            "a b",
        ),
        *("HEAD^{tree}", "main~" + "9" * 30, "0" * 40, "x" * 300, "//etc", "HEAD\0", "😀"),
    ],
)
def test_other_words_are_refused_in_one_sentence(repo: Path, revision: str) -> None:
    commit(repo, a_py="x = 1\n")
    told(repo, revision)


def test_a_folder_below_the_root_sees_its_own_part(repo: Path) -> None:
    commit(repo, part__a_py="x = 1\n", b_py="y = 1\n")
    (repo / "new").mkdir()
    assert files(repo / "part", "HEAD") == {"a.py": "x = 1\n"}
    assert files(repo / "new", "HEAD") == {}


def test_what_is_not_wanted_is_not_read(repo: Path) -> None:
    commit(repo, keep__a_py="x = 1\n", drop__b_py="y = 1\n")
    asked: list[str] = []

    def wanted(path: str) -> bool:
        asked.append(path)
        return not path.startswith("drop")

    with tree_at(repo, revision="HEAD", wanted=wanted) as tree:
        assert list(tree.blobs) == ["keep/a.py"]
        assert tree.holds("keep/a.py", text="x = 1\n")
        assert not tree.holds("keep/a.py", text="x = 2\n")
    assert sorted(asked) == ["drop/", "keep/", "keep/a.py"]


def test_links_and_modules_are_no_files(repo: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    commit(inner, m_py="x = 1\n")
    (repo / "link.py").symlink_to("/etc/passwd")
    git(repo, "submodule", "--quiet", "add", str(inner), "module")
    commit(repo, a_py="x = 1\n")
    assert set(files(repo, "HEAD")) == {".gitmodules", "a.py"}
    assert files(repo / "module", "HEAD") == {"m.py": "x = 1\n"}


def test_work_trees_and_borrowed_objects_are_read(repo: Path, tmp_path: Path) -> None:
    commit(repo, a_py="x = 1\n")
    git(repo, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    commit(tmp_path / "tree", b_py="y = 1\n")
    assert set(files(tmp_path / "tree", "HEAD")) == {"a.py", "b.py"}
    assert set(files(repo, "HEAD")) == {"a.py"}
    git(tmp_path, "clone", "-q", "--shared", str(repo), "shared")
    assert (tmp_path / "shared/.git/objects/info/alternates").exists()
    assert files(tmp_path / "shared", "HEAD") == {"a.py": "x = 1\n"}


def test_a_shallow_clone_says_what_is_missing(repo: Path, tmp_path: Path) -> None:
    first = commit(repo, a_py="x = 1\n")
    commit(repo, a_py="x = 2\n")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    assert files(tmp_path / "shallow", "HEAD") == {"a.py": "x = 2\n"}
    assert "fetch it" in told(tmp_path / "shallow", first)
    assert "fetch it" in told(tmp_path / "shallow", "HEAD~1")


def test_bytes_that_are_no_text_are_none(repo: Path) -> None:
    (repo / "a.py").write_bytes(b"x = '\xe9'\n")
    commit(repo)
    assert files(repo, "HEAD") == {"a.py": None}


def test_where_there_is_no_repository_it_is_said(tmp_path: Path) -> None:
    assert "in no git repository" in told(tmp_path, "HEAD")
