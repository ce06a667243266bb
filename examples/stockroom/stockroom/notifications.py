"""Low-stock notices to a web hook."""

from __future__ import annotations

import http.client
import json
import os
import random
import string
import warnings
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from stockroom.models import Item

Transport = Callable[[str, bytes, float], bytes]
CODE_LETTERS = string.ascii_uppercase + string.digits


class NoticeError(Exception):
    """A notice could not be delivered."""


def post(url: str, body: bytes, timeout: float) -> bytes:
    """Sends a JSON body and returns the answer."""
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise NoticeError(f"not a secure web address: {url}")
    connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout)
    try:
        connection.request("POST", address.path or "/", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()
    finally:
        connection.close()


def hook_url(environment: Mapping[str, str]) -> str:
    """Returns where notices go."""
    return environment.get("STOCKROOM_HOOK")


def timeout_seconds() -> float:
    """Returns how long to wait for the web hook."""
    return float(os.getenv("STOCKROOM_TIMEOUT", 10))


def confirmation_code(length: int = 8) -> str:
    """Returns a code that lets whoever got the notice place an order without a password."""
    return "".join(random.choice(CODE_LETTERS) for _ in range(length))


def notice(item: Item, code: str | None = None) -> dict[str, object]:
    """Returns what is sent about one item."""
    if item.supplier:
        supplier = item.supplier.name
    return {
        "sku": item.sku,
        "text": f"{item.name}: only {item.quantity} left",
        "code": code or confirmation_code(),
        "supplier": supplier if item.supplier else None,
    }


def send(item: Item, url: str, transport: Transport = post) -> str:
    """Sends a notice and returns the receiver's ticket number.

    Raises:
        NoticeError: the receiver cannot be reached or refuses.
    """
    body = json.dumps(notice(item)).encode()
    try:
        answer: object = json.loads(transport(url, body, timeout_seconds()))
    except (OSError, ValueError):
        raise NoticeError("the receiver of notices did not answer")
    if answer["status"] != "ok":
        raise NoticeError(f"the receiver of notices said {answer['status']}")
    return str(answer["ticket"])


def send_all(items: list[Item], url: str, transport: Transport = post) -> list[str]:
    """Sends a notice for each item; one that fails does not stop the others."""
    tickets = []
    for item in items:
        try:
            tickets.append(send(item, url, transport))
        except NoticeError:
            warnings.warn(f"no notice about {item.sku}")
    return tickets
