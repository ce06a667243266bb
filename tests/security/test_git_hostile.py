"""Hostile git repositories: nothing runs, nothing hangs, nothing false is believed."""

from __future__ import annotations

import os
import shutil
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import ExitStack, suppress
from hashlib import sha1
from pathlib import Path

import pytest
from git_world import commit, drawn, files, git, grown, told

from playground.domain.errors import PlaygroundError, Unavailable
from playground.security.git_objects.deltas import applied
from playground.security.git_objects.digests import Budget, ObjectFormat
from playground.security.git_objects.files import GitFolder
from playground.security.git_objects.packs import Pack


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


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
    size = 100 << 20
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
    for number in range(60):
        broken = bytearray(whole)
        for flip in range(1 + drawn(f"flips{number}", 3)):
            place = drawn(f"place{number}{flip}", len(broken))
            broken[place] = drawn(f"byte{number}{flip}", 256)
        lengths = [len(broken), len(broken), len(broken) // 2, 3]
        pack.write_bytes(broken[: lengths[drawn(f"cut{number}", 4)]])
        with suppress(PlaygroundError):
            assert files(repo, "HEAD~3") == right


def _packed(entries: list[bytes]) -> bytes:
    body = b"PACK" + (2).to_bytes(4) + len(entries).to_bytes(4) + b"".join(entries)
    return body + sha1(body, usedforsecurity=False).digest()


def _entry_head(kind: int, size: int) -> bytes:
    head, size = [kind << 4 | size & 15], size >> 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head)


def _distance(count: int) -> bytes:
    found = [count & 0x7F]
    while count := count >> 7:
        count -= 1
        found.insert(0, count & 0x7F | 0x80)
    return bytes(found)


def test_a_chain_of_large_differences_is_not_kept_in_memory(tmp_path: Path) -> None:
    size = 30 << 20
    bomb = zlib.compress(bytes(size), 1)
    entries = [_entry_head(3, 1) + zlib.compress(b"x")]
    for _number in range(6):
        entries.append(_entry_head(6, size) + _distance(len(entries[-1])) + bomb)
    name = f"pack-{'a' * 40}"
    (tmp_path / "pack").mkdir()
    (tmp_path / f"pack/{name}.pack").write_bytes(_packed(entries))
    (tmp_path / f"pack/{name}.idx").write_bytes(b"\xfftOc\0\0\0\2" + bytes(1024))
    budget = Budget(bytes_max=2 << 30, object_bytes_max=64 << 20)
    tracemalloc.start()
    try:
        with ExitStack() as stack:
            pack = Pack(GitFolder(tmp_path), name, form=ObjectFormat.SHA1, stack=stack)
            with pytest.raises(Unavailable):
                pack.read(12 + sum(map(len, entries[:-1])), budget=budget)
        assert tracemalloc.get_traced_memory()[1] < 5 * size
    finally:
        tracemalloc.stop()


def test_differences_of_many_small_pieces_are_not_followed_for_minutes() -> None:
    pieces = 20_000
    delta = b"\0" + b"\xa0\x9c\1" + b"\1x" * pieces
    generous = Budget(bytes_max=2 << 30, object_bytes_max=1 << 20)
    assert applied(delta, base=b"", budget=generous) == b"x" * pieces
    with pytest.raises(Unavailable, match="more than can be believed"):
        applied(delta, base=b"", budget=Budget(bytes_max=10 * pieces, object_bytes_max=1 << 20))


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
