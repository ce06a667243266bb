"""Object storage that says no: one sentence that names what to do, and no asking again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from memory_samples import PLAIN

from playground.domain.errors import StorageUnavailable
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder

REQUESTS_MAX = 12


@contextmanager
def _refusing(code: str, *, status: int) -> Generator[tuple[int, list[str]]]:
    """Serves the error of S3 to every request; gives the port and what was asked."""
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            del code, size

        def answer(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            body = f"<Error><Code>{code}</Code><Message>as it is</Message></Error>".encode()
            self.send_response(status)
            self.send_header("content-type", "application/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    for method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
        setattr(Refusing, f"do_{method}", Refusing.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _remember(store: MemoryStore) -> None:
    store.remember(PLAIN)


def _ask(store: MemoryStore) -> None:
    store.fetch_semantic("text")


def _forget(store: MemoryStore) -> None:
    store.forget("run-1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "use", "told"),
    [
        ((404, "NoSuchBucket"), _remember, "there is no such bucket; make it"),
        ((403, "SignatureDoesNotMatch"), _ask, "the storage does not know the credentials; "),
        ((403, "AccessDenied"), _forget, "the credentials may not use it; allow them"),
    ],
)
def test_a_storage_that_says_no_is_understood_at_once(
    answer: tuple[int, str],
    use: Callable[[MemoryStore], None],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with _refusing(answer[1], status=answer[0]) as (port, asked):
        options = {
            "aws_access_key_id": "tester",
            "aws_secret_access_key": "tester",
            "aws_endpoint": f"http://127.0.0.1:{port}",
            "aws_region": "us-east-1",
            "allow_http": "true",
        }
        embedder = HashingEmbedder(dimensions=16)
        store = MemoryStore("s3://bucket/memory", embedder=embedder, options=options)
        with pytest.raises(StorageUnavailable) as caught:
            use(store)
        store.close()
    assert str(caught.value).startswith(f"The memory in s3://bucket/memory cannot be used: {told}")
    assert "Error" not in str(caught.value)
    assert len(asked) <= REQUESTS_MAX
