"""URLs of a server."""

from __future__ import annotations

import pytest

from playground.domain.errors import BadInput
from playground.journal.server.address import Address, address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "postgresql://me:se%2Fcret@db.example:6432/play",
            Address("db.example", 6432, "play", "me", "se/cret", "verify-full", ""),
        ),
        (
            "postgres://me@db.example/play?sslmode=require&sslrootcert=/ca.pem",
            Address("db.example", 5432, "play", "me", "other", "require", "/ca.pem"),
        ),
        (
            "postgresql://me@/play?host=/run/postgresql&port=6000",
            Address("/run/postgresql", 6000, "play", "me", "other", "disable", ""),
        ),
        (
            "postgresql://me@%2Frun%2Fpostgresql/play",
            Address("/run/postgresql", 5432, "play", "me", "other", "disable", ""),
        ),
        (
            "postgresql://me@[::1]:6000/play",
            Address("::1", 6000, "play", "me", "other", "disable", ""),
        ),
    ],
)
def test_a_url_is_read_as_other_programs_read_it(url: str, address: Address) -> None:
    assert address_of(url, password="other") == address


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret/x@db/play",
        "postgresql://me:s3cret@db:port/play",
        "postgresql://me:s3cret@db:99999/play",
        "postgresql://me:s3cret@db/",
        "postgresql://:s3cret@db/play",
        "postgresql://me:s3cret@/play",
        "postgresql://me:s3cret@db/play#x",
        "postgresql://me:s3cret@db/play?sslmode=prefer",
        "postgresql://me@db/play?password=s3cret",
        "postgresql://me@db/play?s3cret",
        "postgresql://me:s3cret@[db/play",
        "http://me:s3cret@db/play",
    ],
)
def test_a_url_that_is_not_understood_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        address_of(url)
    assert "s3cret" not in str(caught.value)


def test_an_address_shows_no_login() -> None:
    address = address_of("postgresql://me:s3cret@db/play")
    assert str(address) == "postgresql://db:5432/play"
    assert "s3cret" not in repr(address)
