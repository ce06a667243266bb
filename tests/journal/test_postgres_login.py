"""Passwords and certificates with a server that insists on both."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from postgres_server import GROUP, Server

from playground.domain.errors import StorageUnavailable
from playground.journal.places import JournalPlaces
from playground.journal.postgres import PostgresJournal
from playground.journal.server.address import address_of

pytestmark = [GROUP, pytest.mark.slow]

RULES = "local all play trust\nhostssl all me all scram-sha-256\nhost all play all trust\n"
WITH = "postgresql://me:right%2Fone@"
SAFE = "/play?sslmode=verify-full&sslrootcert="


@dataclass(frozen=True)
class Guarded:
    """A server that asks for a password over TLS alone, and its certificate."""

    server: Server
    certificate: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    openssl = shutil.which("openssl")
    assert openssl, "Debian's PostgreSQL brings openssl along; install it"
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([openssl, *made, *named], check=True, stderr=subprocess.DEVNULL)
    server = Server(listen="127.0.0.1")
    try:
        with closing(server.session()) as session:
            session.tell("CREATE ROLE me LOGIN PASSWORD 'right/one'")
            session.tell("GRANT ALL ON DATABASE play TO me")
        files = {"ssl_cert_file": server.given(certificate), "ssl_key_file": server.given(key)}
        server.restart(rules=RULES, ssl="on", **files)
        yield Guarded(server, certificate)
    finally:
        server.close()


def opened(url: str, folder: Path, *, password: str = "") -> PostgresJournal:
    address = address_of(url, password=password)
    return PostgresJournal(address, heads=folder / "heads", patience_s=60.0)


def test_the_right_password_over_a_trusted_line_opens(guarded: Guarded, tmp_path: Path) -> None:
    safe, port = SAFE + str(guarded.certificate), guarded.server.port
    for url, password in (
        (f"{WITH}localhost:{port}{safe}", ""),
        (f"postgresql://me@localhost:{port}{safe}", "right/one"),
        (f"{WITH}127.0.0.1:{port}/play?sslmode=require", ""),
    ):
        with closing(opened(url, tmp_path, password=password)) as journal:
            assert journal.verify().problems == ()
    places = JournalPlaces(f"postgresql://me@localhost:{port}{safe}", lambda: "right/one", tmp_path)
    with closing(places.open()) as records:
        assert records.runs() == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:wrong-s3cret@localhost:{port}{safe}", "refuses the login"),
        ("postgresql://me@localhost:{port}{safe}", "refuses the login"),
        ("{with_}localhost:{port}/play?sslmode=disable", "refuses the login"),
        ("{with_}localhost:{port}/play?sslmode=verify-full", "cannot prove who it is"),
        ("{with_}127.0.0.1:{port}{safe}", "cannot prove who it is"),
        (
            "{with_}localhost:{port}/play?sslmode=verify-full&sslrootcert=/none",
            "holds no certificates",
        ),
    ],
)
def test_anything_else_is_refused_at_once(
    url: str, said: str, guarded: Guarded, tmp_path: Path
) -> None:
    safe, port = SAFE + str(guarded.certificate), guarded.server.port
    whole = url.format(with_=WITH, safe=safe, port=port)
    with pytest.raises(StorageUnavailable, match=said) as caught:
        opened(whole, tmp_path)
    assert "right" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_does_not_encrypt_is_left(guarded: Guarded, tmp_path: Path) -> None:
    guarded.server.restart(rules=RULES, ssl="off")
    with pytest.raises(StorageUnavailable, match="does not encrypt"):
        opened(f"postgresql://play@localhost:{guarded.server.port}/play?sslmode=require", tmp_path)
