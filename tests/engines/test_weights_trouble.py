"""Pulls and model files on a bad day: proxies, damaged disks, files that nobody may read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from test_weights import DATA, ONLY, SHA, Mirror, hub, pull, registry

from playground.domain.errors import (
    EngineUnavailable,
    ModelMissing,
    StorageUnavailable,
    Unavailable,
)
from playground.engines.remote.server import http_client
from playground.engines.weights import ModelStore
from playground.engines.weights.files import Digests
from playground.engines.weights.sources import HubSource
from playground.security.worker_process import download_wheel

NOBODY = 65_534


class Pieces(httpx2.SyncByteStream):
    """A body whose length nobody says."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


@contextmanager
def ordinary_user() -> Generator[None]:
    """Lets permissions hold for whoever runs the tests."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may use."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


def saying(*pieces: bytes) -> Callable[[httpx2.Request], httpx2.Response]:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=Pieces(*pieces))

    return answer


def part_after(request: httpx2.Request) -> httpx2.Response:
    if "Range" in request.headers:
        said = {"Content-Range": f"bytes 100-{len(DATA) - 1}/{len(DATA)}"}
        return httpx2.Response(206, headers=said, stream=Pieces())
    return httpx2.Response(200, stream=Pieces(DATA[:100]))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (saying(b"<html>no</html>"), "no model file"),
        (saying(), "too early"),
        (saying(DATA[:100]), "too early"),
        (part_after, "too early"),
    ],
)
def test_an_answer_that_ends_anywhere_is_given_up_after_a_few_tries(
    tmp_path: Path, answer: Callable[[httpx2.Request], httpx2.Response], reason: str
) -> None:
    asked: list[httpx2.Request] = []

    def say(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        assert len(asked) < 9, "it asks for ever"
        return answer(request)

    with pytest.raises(Unavailable, match=reason):
        pull(ModelStore(tmp_path, catalogue=ONLY, sources=(hub(say),)))
    begun = tmp_path / ".tiny.gguf.hub.partial"
    assert DATA.startswith(begun.read_bytes())  # whatever else it was would spoil the next pull


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("HTTPS_PROXY", "ftp://user:secret@proxy:1", "correct HTTPS_PROXY"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "SOCKS proxies are not supported"),
        ("SSL_CERT_FILE", "/does/not/exist", "correct SSL_CERT_FILE"),
    ],
)
def test_an_environment_that_cannot_be_used_is_told_and_the_next_source_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, advice: str
) -> None:
    monkeypatch.setenv(variable, value)
    store = ModelStore(tmp_path, catalogue=ONLY, sources=(HubSource(), registry(Mirror())))
    path, news = pull(store)
    assert path.read_bytes() == DATA
    told = next(n for n in news if n.step == "failed").detail
    assert advice in told
    assert "secret" not in told


def test_a_server_behind_a_proxy_that_cannot_be_used_is_an_unavailable_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(EngineUnavailable, match="let HTTPS_PROXY or ALL_PROXY name an http://"):
        http_client("https://models.invalid/v1", watch=lambda _: None)


def cut_short(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:50])


def renamed_inside(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes().replace(b"part.bin", b"part.bim"))


def packed_strangely(wheel: Path) -> None:
    data = bytearray(wheel.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 10] = 99
    wheel.write_bytes(data)


def a_folder_instead(wheel: Path) -> None:
    wheel.unlink()
    wheel.mkdir()


def test_a_kept_part_that_was_damaged_is_fetched_again_alone(tmp_path: Path) -> None:
    asked: dict[str, Sequence[int]] = {}
    for damage in (cut_short, renamed_inside, packed_strangely, a_folder_instead):
        mirror = Mirror()
        mirror.down_at = 4
        folder = tmp_path / damage.__name__
        store = ModelStore(folder, catalogue=ONLY, sources=(registry(mirror),))
        with pytest.raises(Unavailable):
            pull(store)
        damage(next((folder / ".tiny.gguf.parts").glob("002-*")))
        mirror.down_at = 0
        mirror.asked.clear()
        assert pull(store)[0].read_bytes() == DATA
        asked[damage.__name__] = mirror.asked
    assert {tuple(numbers) for numbers in asked.values()} == {(2, *range(4, 13))}


def test_a_brought_file_that_nobody_may_read_is_named_and_the_others_asked(
    open_folder: Path,
) -> None:
    brought = open_folder / "stick.gguf"
    brought.write_bytes(DATA)
    brought.chmod(0o200)
    mirror = Mirror()
    mirror.down_at = 1
    store = ModelStore(open_folder / "store", catalogue=ONLY, sources=(registry(mirror),))
    with ordinary_user(), pytest.raises(Unavailable) as caught:
        pull(store, from_file=brought)
    assert f"{brought} cannot be read (Permission denied)" in str(caught.value)
    assert 1 in mirror.asked


def test_a_known_file_that_nobody_may_read_any_more_is_told(open_folder: Path) -> None:
    own = open_folder / "own.gguf"
    own.write_bytes(DATA)
    with ordinary_user():
        store = ModelStore(open_folder / "store", catalogue=ONLY, sources=())
        assert store.verified_file(own, sha256=SHA) == own
    own.chmod(0o200)
    with ordinary_user(), pytest.raises(StorageUnavailable, match="check its permissions"):
        store.verified_file(own, sha256=SHA)


def test_a_store_that_nobody_may_enter_is_empty_and_told_when_it_is_pulled_to(
    open_folder: Path,
) -> None:
    store = ModelStore(open_folder / "store", catalogue=ONLY, sources=(registry(Mirror()),))
    pull(store)
    store.folder.chmod(0o600)
    with ordinary_user():
        assert [status.present for status in store.list()] == [False]
        with pytest.raises(ModelMissing, match="model pull tiny"):
            store.path("tiny")
        with pytest.raises(StorageUnavailable, match="check its permissions"):
            pull(store)
    store.folder.chmod(0o700)


def test_a_store_that_cannot_be_written_is_verified_all_the_same(open_folder: Path) -> None:
    store = ModelStore(open_folder / "store", catalogue=ONLY, sources=(registry(Mirror()),))
    path, _ = pull(store)
    for folder in (store.folder, store.folder / ".digests"):
        folder.chmod(0o555)
    with ordinary_user():
        assert store.verify("tiny") == path


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(DATA)
    os.utime(file, ns=(1, 1))
    digests = Digests(tmp_path / "digests")

    def change(_: int) -> None:
        file.write_bytes(DATA[::-1])
        os.utime(file, ns=(2, 2))

    seen = digests.of(file, tick=change)
    assert seen == SHA
    assert digests.of(file) != SHA


def test_pip_is_quoted_with_what_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"playground-no-such==1.0 --hash=sha256:{'0' * 64}\n"
    (tmp_path / "part.txt").write_text(line)
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
        "NO_PROXY": "*",
    }.items():
        monkeypatch.setenv(name, value)
    found = download_wheel(tmp_path / "part.txt", folder=tmp_path, timeout_s=60)
    assert found.detail == "the package index cannot be reached"
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http:///")
    found = download_wheel(tmp_path / "part.txt", folder=tmp_path, timeout_s=60)
    assert "proxy URL" in found.detail
