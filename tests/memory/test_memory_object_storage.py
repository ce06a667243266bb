"""A memory on object storage, against a server that speaks S3, in an environment of its own."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
import venv
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from memory_samples import ALL, PLAIN, numbered

from playground.domain.errors import StorageUnavailable
from playground.domain.ports import RecallQuery
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder

LOCK = Path(__file__).parents[2] / "requirements" / "object-storage.lock"
BUCKET = "playground"
STARTING_S = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


def _environment(folder: Path) -> Path:
    """Returns the Python of an environment that holds the server and nothing of ours."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-compile",
        "--require-hashes",
    ]
    subprocess.run(
        [python, "-m", "pip", "install", *options, "--only-binary", ":all:", "-r", LOCK], check=True
    )
    return python


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _put(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("PUT", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Generator[int]:
    folder = tmp_path_factory.mktemp("object-storage")
    python, port = _environment(folder / "env"), _free_port()
    command = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as run,
    ):
        try:
            deadline = time.monotonic() + STARTING_S
            while time.monotonic() < deadline and run.poll() is None:
                try:
                    assert _put(port, f"/{BUCKET}") == 200
                    break
                except OSError:
                    time.sleep(0.2)
            yield port
        finally:
            run.kill()


def _store(port: int, name: str) -> MemoryStore:
    options = {
        "aws_access_key_id": "tester",
        "aws_secret_access_key": "tester",
        "aws_endpoint": f"http://127.0.0.1:{port}",
        "aws_region": "us-east-1",
        "allow_http": "true",
    }
    address = f"s3://{BUCKET}/{name}"
    return MemoryStore(address, embedder=HashingEmbedder(dimensions=16), options=options)


def test_a_memory_in_a_bucket_does_what_one_in_a_folder_does(port: int) -> None:
    store = _store(port, "whole")
    assert store.count() == 0
    assert store.fetch_semantic("default") == []
    for episode in ALL:
        store.remember(episode)
    assert store.fetch_semantic("bare except hides failures", 1)[0].episode.id == "run-2"
    assert len(store.recall(RecallQuery("zip", rule="B905", outcomes=("approved",)))) == 1
    store.remember(replace(PLAIN, outcome="undone"))
    store.compact()
    assert store.forget("run-2")
    other = _store(port, "whole")
    assert {e.id: e.outcome for e in other.all()} == {"run-1": "undone", "run-3": "approved"}
    assert other.rebuild([numbered(1)]) == 1
    assert [episode.id for episode in store.all()] == ["n1"]


def test_writers_of_several_machines_lose_nothing(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores: list[MemoryStore] = []
    for machine in range(3):  # no lock of one machine is seen by another
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / str(machine)))
        stores.append(_store(port, "shared"))
    stores[0].remember(numbered(0))

    def work(machine: int) -> None:
        for number in range(1, 5):
            stores[machine].remember(numbered(100 * machine + number))
        stores[machine].tidy()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work, machine) for machine in range(3)]:
            done.result()
    assert len({store.folder for store in stores}) == 3
    assert stores[0].count() == 13


def test_a_bucket_that_cannot_be_reached_is_said() -> None:
    store = _store(_free_port(), "nowhere")
    with pytest.raises(StorageUnavailable, match="check its address, the credentials"):
        store.remember(PLAIN)
