from __future__ import annotations

import json

import pytest

from stockroom.models import Item
from stockroom.notifications import (
    CODE_LETTERS,
    NoticeError,
    confirmation_code,
    hook_url,
    notice,
    post,
    send,
    send_all,
    timeout_seconds,
)


def accept(url: str, body: bytes, timeout: float) -> bytes:
    sku = json.loads(body)["sku"]
    return json.dumps({"status": "ok", "ticket": f"{sku}/{timeout:g}"}).encode()


def refuse(url: str, body: bytes, timeout: float) -> bytes:
    return b'{"status": "full"}'


def unreachable(url: str, body: bytes, timeout: float) -> bytes:
    raise ConnectionRefusedError("nobody there")


def test_hook_url() -> None:
    assert hook_url({"STOCKROOM_HOOK": "https://hook.example"}) == "https://hook.example"


def test_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOCKROOM_TIMEOUT", raising=False)
    assert timeout_seconds() == 10.0
    monkeypatch.setenv("STOCKROOM_TIMEOUT", "2.5")
    assert timeout_seconds() == 2.5


def test_confirmation_codes_differ() -> None:
    codes = {confirmation_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 8 and set(code) <= set(CODE_LETTERS) for code in codes)
    assert len(confirmation_code(12)) == 12


def test_notice(novel: Item) -> None:
    assert notice(novel, "ABC") == {
        "sku": "SKU-2001",
        "text": "Long novel: only 1 left",
        "code": "ABC",
        "supplier": "Inky",
    }


def test_notice_of_an_item_without_supplier(hammer: Item) -> None:
    assert notice(hammer, "ABC")["supplier"] is None


def test_send(novel: Item) -> None:
    assert send(novel, "https://hook.example", accept) == "SKU-2001/10"


def test_send_says_why_not(novel: Item) -> None:
    with pytest.raises(NoticeError, match="said full"):
        send(novel, "https://hook.example", refuse)
    with pytest.raises(NoticeError, match="did not answer"):
        send(novel, "https://hook.example", unreachable)


def test_send_all_goes_on(hammer: Item, novel: Item) -> None:
    def picky(url: str, body: bytes, timeout: float) -> bytes:
        if b"SKU-1001" in body:
            raise ConnectionResetError
        return accept(url, body, timeout)

    with pytest.warns(UserWarning, match="no notice about SKU-1001"):
        assert send_all([hammer, novel], "https://hook.example", picky) == ["SKU-2001/10"]


def test_post_wants_a_secure_address() -> None:
    with pytest.raises(NoticeError, match="not a secure web address: http://hook.example"):
        post("http://hook.example", b"{}", 1.0)
