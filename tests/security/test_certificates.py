"""Whom connections to a database trust, and what is said when that cannot be read."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from playground.domain.errors import StorageUnavailable
from playground.journal.server.address import Address
from playground.queues.connections import Patience, SteadyDriver
from playground.security.certificates import trust_for


def test_each_mode_trusts_whom_it_says() -> None:
    assert trust_for("disable", certificates="/none") is False
    anybody, proved = (trust_for(mode, certificates="") for mode in ("require", "verify-full"))
    assert isinstance(anybody, ssl.SSLContext)
    assert isinstance(proved, ssl.SSLContext)
    assert (anybody.check_hostname, anybody.verify_mode) == (False, ssl.CERT_NONE)
    assert (proved.check_hostname, proved.verify_mode) == (True, ssl.CERT_REQUIRED)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_without_certificates_is_named(mode: str, text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StorageUnavailable, match=r"ca\.pem holds no certificates"):
        trust_for(mode, certificates=str(path))


def test_the_queue_says_so_at_once_and_does_not_wait_for_a_server(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    address = Address("127.0.0.1", 1, "db", "me", "", "verify-full", missing)
    driver = SteadyDriver(address, patience=Patience(given_up=lambda: True))
    with pytest.raises(StorageUnavailable, match=r"ca\.pem holds no certificates"):
        asyncio.run(driver.fetch("SELECT 1"))
