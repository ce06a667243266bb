"""What only a real disk can do to the door that writes files."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from playground.domain.changes import FileChange, Hunk, Patch, digest_of, patch_between
from playground.domain.errors import BadInput, Busy, Refusal, Stale, StorageUnavailable
from playground.security.workspace import LocalWorkspace
from playground.testing import SimulatedCrash, approval_of, certain, proposal_of

LEFTOVER = ".playground-0123456789abcdef.tmp"


def apply(root: Path, patch: Patch, *, workspace: LocalWorkspace | None = None) -> None:
    proposal = proposal_of(patch)
    door = workspace or LocalWorkspace()
    door.apply(proposal, root=root, approved=approval_of(proposal), confirm=certain)


def planted(root: Path, before: dict[str, str | None], after: dict[str, str]) -> Patch:
    for path, text in before.items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
    return patch_between(before, after)


def names(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*")}


def once(moment: str, error: BaseException) -> Callable[[str], None]:
    raised: list[str] = []

    def checkpoint(point: str) -> None:
        if point == moment and not raised:
            raised.append(point)
            raise error

    return checkpoint


# ── reading ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../b", "./a", "a//b", "a/", "a\0b", ".", ".."]
)
def test_a_path_that_is_not_plain_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(BadInput):
        LocalWorkspace().read(tmp_path, path=path)
    change = FileChange(path, None, digest_of("x"), (Hunk(0, (), ("x",)),))
    with pytest.raises(Refusal):
        apply(tmp_path, Patch((change,)))


def test_links_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("secret\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "file.py").symlink_to(outside / "a.py")
    for path in ("folder/a.py", "file.py"):
        with pytest.raises(BadInput, match="link"):
            LocalWorkspace().read(root, path=path)
        with pytest.raises(Refusal, match="link"):
            apply(root, patch_between({path: "secret\n"}, {path: "public\n"}))
    with pytest.raises(Refusal, match="link"):
        apply(root, patch_between({"folder/new.py": None}, {"folder/new.py": "x\n"}))
    assert names(outside) == {"a.py"}
    assert (outside / "a.py").read_text() == "secret\n"


def test_a_root_is_read_and_never_written_through_a_link(tmp_path: Path) -> None:
    inner = tmp_path / "real" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "alias").symlink_to("real")
    (tmp_path / "root").symlink_to("real/inner")
    patch = planted(inner, {"a.py": "1\n"}, {"a.py": "2\n"})
    for root in (tmp_path / "alias" / "inner", tmp_path / "root"):
        assert LocalWorkspace().read(root, path="a.py").text == "1\n"
        with pytest.raises(Stale, match="leads through a link"):
            apply(root, patch)
    assert (inner / "a.py").read_text() == "1\n"
    apply(inner, patch)
    assert (inner / "a.py").read_text() == "2\n"


@pytest.mark.timeout(10)
def test_what_is_no_text_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "latin.py").write_bytes(b"\xe9\n")
    (tmp_path / "large.py").write_bytes(b"x" * 11)
    (tmp_path / "exact.py").write_bytes(b"x" * 10)
    door = LocalWorkspace(file_bytes_max=10)
    for path in ("pipe.py", "folder.py", "latin.py", "large.py", "latin.py/below.py"):
        with pytest.raises(BadInput):
            door.read(tmp_path, path=path)
    assert door.read(tmp_path, path="exact.py").text == "x" * 10


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="gone"):
        LocalWorkspace().read(tmp_path / "gone", path="a.py")
    with pytest.raises(Stale, match="gone"):
        apply(tmp_path / "gone", patch_between({"a.py": "1"}, {"a.py": "2"}))


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def test_the_mode_stays(tmp_path: Path) -> None:
    patch = planted(
        tmp_path, {"run.py": "1\n", "key.py": "1\n"}, {"run.py": "2\n", "key.py": "2\n"}
    )
    (tmp_path / "run.py").chmod(0o755)
    (tmp_path / "key.py").chmod(0o600)
    apply(tmp_path, patch)
    assert stat.S_IMODE((tmp_path / "run.py").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "key.py").stat().st_mode) == 0o600


def test_a_new_file_gets_what_any_new_file_gets(tmp_path: Path) -> None:
    (tmp_path / "usual.py").touch()
    apply(tmp_path, patch_between({"x/new.py": None}, {"x/new.py": "1\n"}))
    usual, new = (tmp_path / "usual.py").stat(), (tmp_path / "x" / "new.py").stat()
    assert (new.st_mode, new.st_uid, new.st_nlink) == (usual.st_mode, usual.st_uid, 1)


def test_the_owner_stays(tmp_path: Path) -> None:
    owner = (1234, 4321) if os.getuid() == 0 else (os.getuid(), os.getgid())
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    os.chown(tmp_path / "a.py", *owner)
    apply(tmp_path, patch)
    status = (tmp_path / "a.py").stat()
    assert (status.st_uid, status.st_gid) == owner


def test_extended_attributes_stay_where_there_are_any(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    if sys.platform != "linux":
        return  # Python reads them on Linux alone
    with contextlib.suppress(OSError):  # not every file system has them
        os.setxattr(tmp_path / "a.py", "user.note", b"kept")
    before = os.listxattr(tmp_path / "a.py")
    apply(tmp_path, patch)
    assert os.listxattr(tmp_path / "a.py") == before


def test_a_file_with_two_names_is_refused(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})
    os.link(tmp_path / "b.py", tmp_path / "other.py")
    with pytest.raises(Refusal, match="hard links"):
        apply(tmp_path, patch)
    assert (tmp_path / "a.py").read_text() == "1\n"


@pytest.mark.parametrize(
    "change",
    [
        FileChange("a.py", digest_of("1\n"), digest_of("lie"), (Hunk(0, ("1\n",), ("2\n",)),)),
        FileChange("a.py", digest_of("1\n"), digest_of("lie"), (Hunk(0, ("1\n",), ("\ud800",)),)),
        FileChange("a.py", digest_of("1\n"), digest_of("2\n"), (Hunk(0, ("0\n",), ("2\n",)),)),
        FileChange("a.py", digest_of("1\n"), None, ()),
        FileChange(
            "a.py", digest_of("1\n"), digest_of("2" * 99), (Hunk(0, ("1\n",), ("2" * 99,)),)
        ),
    ],
)
def test_a_change_that_is_not_what_it_says_is_refused(tmp_path: Path, change: FileChange) -> None:
    (tmp_path / "a.py").write_text("1\n")
    with pytest.raises(Refusal):
        apply(tmp_path, Patch((change,)), workspace=LocalWorkspace(file_bytes_max=50))
    assert (tmp_path / "a.py").read_text() == "1\n"


def test_a_patch_that_names_a_file_twice_is_refused(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    with pytest.raises(Refusal, match="twice"):
        apply(tmp_path, Patch(patch.files * 2))


def test_an_edit_at_the_last_moment_wins(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})

    def edit(point: str) -> None:
        if point == "after place a.py":
            (tmp_path / "b.py").write_text("mine\n")

    with pytest.raises(Stale, match=r"b\.py"):
        apply(tmp_path, patch, workspace=LocalWorkspace(checkpoint=edit))
    assert (tmp_path / "a.py").read_text() == "1\n"
    assert (tmp_path / "b.py").read_text() == "mine\n"
    assert names(tmp_path) == {"a.py", "b.py"}


def test_a_file_that_appears_at_the_last_moment_is_kept(tmp_path: Path) -> None:
    def appear(point: str) -> None:
        if point == "before place a.py":
            (tmp_path / "a.py").write_text("mine\n")

    with pytest.raises(Stale):
        apply(
            tmp_path,
            patch_between({"a.py": None}, {"a.py": "2\n"}),
            workspace=LocalWorkspace(checkpoint=appear),
        )
    assert (tmp_path / "a.py").read_text() == "mine\n"
    assert names(tmp_path) == {"a.py"}


# ── trouble ──────────────────────────────────────────────────────────────────────────────────

MOMENTS = [
    "before create b.py",
    "before fill b.py",
    "after fill n/new.py",
    "before place a.py",
    "after place a.py",
    "before place n/new.py",
    "between names n/new.py",
    "after place n/new.py",
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_trouble_with_the_disk_takes_everything_back(
    tmp_path: Path, moment: str, code: int
) -> None:
    patch = planted(
        tmp_path,
        {"a.py": "1\n", "b.py": "1\n", "n/new.py": None},
        {"a.py": "2\n", "b.py": "2\n", "n/new.py": "new\n"},
    )
    door = LocalWorkspace(checkpoint=once(moment, OSError(code, os.strerror(code))))
    with pytest.raises(StorageUnavailable, match=r"^[^\n]+\.$"):
        apply(tmp_path, patch, workspace=door)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.py": "1\n", "b.py": "1\n"}
    apply(tmp_path, patch)
    assert names(tmp_path) == {"a.py", "b.py", "n", "n/new.py"}


def test_what_cannot_be_taken_back_is_named_and_finished_later(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})

    passed: list[str] = []

    def full(point: str) -> None:
        passed.append(point)
        if "before place b.py" in passed:
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(StorageUnavailable, match=r"a\.py holds the change.*disk is full"):
        apply(tmp_path, patch, workspace=LocalWorkspace(checkpoint=full))
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.py": "2\n", "b.py": "1\n"}
    apply(tmp_path, patch)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.py": "2\n", "b.py": "2\n"}


def test_taking_an_undo_back_restores_the_new_file_with_its_mode(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": None, "b.py": "1\n"}, {"a.py": "new\n", "b.py": "2\n"})
    apply(tmp_path, patch)
    (tmp_path / "a.py").chmod(0o640)
    door = LocalWorkspace(checkpoint=once("before place b.py", OSError(errno.EIO, "broken")))
    with pytest.raises(StorageUnavailable):
        door.undo(patch, root=tmp_path, confirm=certain)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.py": "new\n", "b.py": "2\n"}
    assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o640


def test_ctrl_c_takes_everything_back(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n", "b.py": "1\n"}, {"a.py": "2\n", "b.py": "2\n"})
    door = LocalWorkspace(checkpoint=once("before place b.py", KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        apply(tmp_path, patch, workspace=door)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.py": "1\n", "b.py": "1\n"}


def test_what_a_dead_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    door = LocalWorkspace(checkpoint=once("after fill a.py", SimulatedCrash()))
    with pytest.raises(SimulatedCrash):
        apply(tmp_path, patch, workspace=door)
    assert len(names(tmp_path)) == 2
    apply(tmp_path, patch)
    assert names(tmp_path) == {"a.py"}


def test_what_a_living_writer_holds_and_what_only_looks_alike_stays(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    (tmp_path / LEFTOVER).touch()
    (tmp_path / f"{LEFTOVER}.py").touch()
    (tmp_path / ".playground-fedcba9876543210.tmp").mkdir()
    with (tmp_path / LEFTOVER).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        apply(tmp_path, patch)
        assert len(names(tmp_path)) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if not mount or not umount:
        pytest.skip("there is no mount program here")
    arguments = [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(arguments, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield tmp_path
    subprocess.run([umount, str(tmp_path)], check=True)


def test_a_full_disk_is_said_and_changes_nothing(small_disk: Path) -> None:
    before: dict[str, str | None] = {"a.py": "1\n", "b.py": "1\n"}
    patch = planted(small_disk, before, {"a.py": "2\n", "b.py": "2" * 90_000})
    with pytest.raises(StorageUnavailable, match="disk is full"):
        apply(small_disk, patch)
    assert {p.name: p.read_text() for p in small_disk.iterdir()} == before


def test_a_read_only_disk_is_said(small_disk: Path) -> None:
    patch = planted(small_disk, {"a.py": "1\n"}, {"a.py": "2\n"})
    mount = shutil.which("mount") or ""
    subprocess.run([mount, "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageUnavailable, match="read-only"):
        apply(small_disk, patch)


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    denied = once("before create a.py", PermissionError(errno.EACCES, "no"))
    with pytest.raises(StorageUnavailable, match="permission is denied"):
        apply(tmp_path, patch, workspace=LocalWorkspace(checkpoint=denied))


# ── together ─────────────────────────────────────────────────────────────────────────────────


def test_writers_take_turns(tmp_path: Path) -> None:
    patch = planted(tmp_path, {"a.py": "1\n"}, {"a.py": "2\n"})
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(Busy):
        apply(tmp_path, patch, workspace=LocalWorkspace(lock_timeout_s=0.05))
    threading.Timer(0.1, os.close, (folder,)).start()
    apply(tmp_path, patch)
    assert (tmp_path / "a.py").read_text() == "2\n"


def test_of_many_patches_of_the_same_file_exactly_one_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("0\n")
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            apply(tmp_path, patch_between({"a.py": "0\n"}, {"a.py": f"{number}\n"}))
            outcomes.append(str(number))
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if outcome != "stale"]
    assert len(outcomes) == 8
    assert len(winners) == 1
    assert (tmp_path / "a.py").read_text() == f"{winners[0]}\n"
