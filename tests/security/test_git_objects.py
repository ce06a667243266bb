"""Git repositories read as data, with git itself as the measure of what is right."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha1, sha256
from pathlib import Path

import pytest

from playground.domain.errors import PlaygroundError, Unavailable
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


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


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
        assert tree.holds("keep/a.py", "x = 1\n")
        assert not tree.holds("keep/a.py", "x = 2\n")
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


# ── hostile repositories ─────────────────────────────────────────────────────────────────────


def test_nothing_that_the_repository_names_is_run(repo: Path, tmp_path: Path) -> None:
    commit(repo, a_py="x = 1\n")
    mark = tmp_path / "MARK"
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    evil.chmod(0o755)
    (repo / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    config = "".join(
        f"[{section}]\n\t{key} = {evil}\n"
        for section, key in (
            *(("core", "fsmonitor"), ("core", "hooksPath"), ("core", "sshCommand")),
            *(('filter "evil"', "clean"), ('filter "evil"', "smudge"), ('diff "evil"', "textconv")),
            *(("diff", "external"), ("include", "path"), ('includeIf "gitdir:**"', "path")),
            *(("core", "pager"), ("alias", "status"), ("credential", "helper")),
        )
    )
    with (repo / ".git/config").open("a") as file:
        file.write(config)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        shutil.copy(evil, repo / ".git/hooks" / hook)
    assert files(repo, "HEAD") == {"a.py": "x = 1\n"}
    assert not mark.exists()


def loose(folder: Path, name: str) -> Path:
    return folder / ".git/objects" / name[:2] / name[2:]


def replaced(repo: Path, make: Callable[[Path], object]) -> None:
    """Puts something else in place of the object of `a.py`."""
    name = git(repo, "rev-parse", "HEAD:a.py").strip()
    loose(repo, name).unlink()
    make(loose(repo, name))


FALSE: list[Callable[[Path], object]] = [
    os.mkfifo,
    lambda path: path.symlink_to("/etc/passwd"),
    lambda path: path.symlink_to(path),
    Path.mkdir,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"no zlib"),
    lambda path: path.write_bytes(zlib.compress(b"blob 3\0four")),
    lambda path: path.write_bytes(zlib.compress(b"blob 9\0four")),
    lambda path: path.write_bytes(zlib.compress(b"blob 6\0x = 2\n")),
    lambda path: path.write_bytes(zlib.compress(b"blob 99999999999\0")),
    lambda path: path.write_bytes(zlib.compress(b"tree 0\0")),
    lambda path: path.write_bytes(zlib.compress(b"blob " + b"9" * 10_000)),
]


@pytest.mark.parametrize("make", FALSE)
def test_false_objects_are_refused_at_once(repo: Path, make: Callable[[Path], object]) -> None:
    commit(repo, a_py="x = 1\n")
    replaced(repo, make)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        files(repo, "HEAD")
    assert time.monotonic() - began < 5


def test_a_bomb_is_not_unpacked(repo: Path) -> None:
    commit(repo, a_py="x = 1\n")
    size = 200 << 20
    packer = zlib.compressobj(9)
    content = packer.compress(b"blob %d\0" % size)
    content += b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20))
    content += packer.flush()
    replaced(repo, lambda path: path.write_bytes(content))
    assert "more than" in _told_by_reading(repo)


def _told_by_reading(repo: Path) -> str:
    with pytest.raises(Unavailable) as caught:
        files(repo, "HEAD")
    return str(caught.value)


def write_object(repo: Path, kind: str, data: bytes) -> str:
    whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
    name = sha1(whole, usedforsecurity=False).hexdigest()
    loose(repo, name).parent.mkdir(exist_ok=True)
    loose(repo, name).write_bytes(zlib.compress(whole))
    return name


def commit_tree(repo: Path, tree: str) -> str:
    head = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx"
    return write_object(repo, "commit", head.encode())


def test_a_tree_of_trees_does_not_grow_without_end(repo: Path) -> None:
    blob = write_object(repo, "blob", b"x = 1\n")
    tree = write_object(repo, "tree", b"100644 a.py\0" + bytes.fromhex(blob))
    for _level in range(12):
        entries = b"".join(b"40000 %d\0%s" % (n, bytes.fromhex(tree)) for n in range(10))
        tree = write_object(repo, "tree", entries)
    began = time.monotonic()
    assert "more files" in told(repo, commit_tree(repo, tree))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", ".git", ".GIT"])
def test_odd_names_in_trees_are_refused(repo: Path, name: str) -> None:
    blob = write_object(repo, "blob", b"x = 1\n")
    tree = write_object(repo, "tree", b"100644 %s\0%s" % (name.encode(), bytes.fromhex(blob)))
    assert "damaged" in told(repo, commit_tree(repo, tree))


def test_tags_and_names_that_lead_in_circles_end(repo: Path) -> None:
    commit(repo, a_py="x = 1\n")
    (repo / ".git/refs/heads/one").write_text("ref: refs/heads/two\n")
    (repo / ".git/refs/heads/two").write_text("ref: refs/heads/one\n")
    (repo / ".git/refs/heads/out").write_text("ref: ../../../../etc/passwd\n")
    for name in ("one", "two", "out"):
        told(repo, name)
    blob = write_object(repo, "blob", b"x")
    tag = write_object(repo, "tag", f"object {blob}\ntype blob\ntag t\n\n".encode())
    assert "no commit" in told(repo, tag)


@pytest.mark.parametrize("kind", ["idx", "pack"])
def test_damaged_packs_are_refused_or_right(repo: Path, kind: str) -> None:
    grown(repo, seed=5, commits=6)
    git(repo, "gc", "-q", "--aggressive")
    right = files(repo, "HEAD~3")
    (pack,) = (repo / ".git/objects/pack").glob(f"*.{kind}")
    pack.chmod(0o644)
    whole = pack.read_bytes()
    for number in range(150):
        broken = bytearray(whole)
        for flip in range(1 + drawn(f"flips{number}", 3)):
            place = drawn(f"place{number}{flip}", len(broken))
            broken[place] = drawn(f"byte{number}{flip}", 256)
        lengths = [len(broken), len(broken), len(broken) // 2, 3]
        pack.write_bytes(broken[: lengths[drawn(f"cut{number}", 4)]])
        with suppress(PlaygroundError):
            assert files(repo, "HEAD~3") == right


def test_borrowing_leads_to_objects_only_and_ends(repo: Path, tmp_path: Path) -> None:
    commit(repo, a_py="x = 1\n")
    info = repo / ".git/objects/info"
    fifos = tmp_path / "fifos"
    (fifos / "pack").mkdir(parents=True)
    os.mkfifo(fifos / "pack" / f"pack-{'a' * 40}.idx")
    info.joinpath("alternates").write_text(f"{repo}/.git/objects\n../objects\n/etc\n/missing\n")
    assert files(repo, "HEAD") == {"a.py": "x = 1\n"}
    replaced(repo, lambda _path: None)
    info.joinpath("alternates").write_text(f"{fifos}\n")
    with pytest.raises(Unavailable):
        files(repo, "HEAD")


def test_another_repository_is_not_read_through_a_file(repo: Path, tmp_path: Path) -> None:
    commit(repo, secret_py="x = 1\n")
    thief = tmp_path / "thief"
    thief.mkdir()
    (thief / ".git").write_text(f"gitdir: {repo}/.git\n")
    assert "belongs to another" in told(thief, "HEAD")
    (thief / ".git").unlink()
    (thief / ".git").symlink_to(repo / ".git")
    assert "is a link" in told(thief, "HEAD")
    (thief / ".git").unlink()
    own = thief / "own"
    own.mkdir()
    (own / "gitdir").write_text(f"{thief}/.git\n")
    (own / "commondir").write_text(f"{repo}/.git\n")
    (own / "HEAD").write_text("ref: refs/heads/main\n")
    (thief / ".git").write_text("gitdir: own\n")
    assert "repair it" in told(thief, "HEAD")


def test_what_is_kept_in_other_ways_is_said(repo: Path) -> None:
    name = commit(repo, a_py="x = 1\n")
    with (repo / ".git/config").open("a") as file:
        file.write("[extensions]\n\trefstorage = reftable\n")
    assert "table" in told(repo, "main")
    assert files(repo, name[:10]) == {"a.py": "x = 1\n"}
    with (repo / ".git/config").open("a") as file:
        file.write("[extensions]\n\tobjectformat = md5\n")
    assert "'md5'" in told(repo, name)
