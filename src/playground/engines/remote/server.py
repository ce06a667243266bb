"""A server of other people: its address, its keys, and what it answers beside the protocol."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httpx2

from playground.domain.errors import BadInput, EngineUnavailable
from playground.engines.calls import Call, opened
from playground.engines.remote.bounds import PLAIN, Unbounded, bounded
from playground.engines.remote.errors import late, shortened
from playground.engines.remote.headers import bare

CONNECT_S = 5.0
SHORT_S = 10.0
_API = "/v1"

Within = Callable[[float], AbstractContextManager[Call]]
"""Opens a call that may take so many seconds in all, and that can be cancelled."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and how it knows us.

    Attributes:
        kind: the adapter's module name.
        base_url: where its API begins, usually ending in /v1.
        key: for questions, "" for none.
        admin_key: for what changes the server, "" where the other key serves.
    """

    kind: str
    base_url: str
    key: str = ""
    admin_key: str = ""

    @property
    def root(self) -> str:
        """Where the server's own endpoints begin, beside those of the API."""
        return self.base_url.rstrip("/").removesuffix(_API)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no sentence may show."""
        return tuple(key for key in (self.key, self.admin_key) if key)


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply outside the protocol.

    Attributes:
        status: of HTTP.
        text: what it said.
        body: the same as JSON, empty when it is no JSON object.
    """

    status: int
    text: str
    body: Mapping[str, object]

    @property
    def well(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300


class Endpoints:
    """What a server offers beside the OpenAI protocol; safe to share between threads.

    Args:
        server: which server.
        client: opened by the caller, who closes it too.
        within: holds each call to its time.
    """

    def __init__(self, server: Server, *, client: httpx2.Client, within: Within) -> None:
        self._server = server
        self._client = client
        self._within = within

    def get(self, path: str, *, timeout_s: float = SHORT_S) -> Reply:
        """Asks for something.

        Raises:
            EngineUnavailable: the server does not answer.
        """
        return self._sent("GET", path, key=self._server.key, timeout_s=timeout_s)

    def post(self, path: str, *, body: Mapping[str, object], timeout_s: float = SHORT_S) -> Reply:
        """Asks something with the key for questions; raises what `get` raises."""
        return self._sent("POST", path, body=body, key=self._server.key, timeout_s=timeout_s)

    def order(self, path: str, *, body: Mapping[str, object], timeout_s: float = SHORT_S) -> Reply:
        """Asks for a change with the key that allows it.

        Raises:
            BadInput: the server refuses; its reason is told.
            EngineUnavailable: the server does not answer or refuses the key.
        """
        key = self._server.admin_key or self._server.key
        reply = self._sent("POST", path, body=body, key=key, timeout_s=timeout_s)
        where = self._server.base_url
        if reply.status in {401, 403}:
            raise EngineUnavailable(
                f"{where} refuses the key for {path}; "
                "set the variable that admin_api_key_env names to a valid one."
            )
        if not reply.well or reply.body.get("success") is False:
            said = reply.body.get("error_message") or reply.body.get("message") or reply.text
            reason = shortened(str(said), hidden=self._server.hidden)
            raise BadInput(f"{where} cannot do {path} ({reason}); change the request.")
        return reply

    def _sent(
        self,
        method: str,
        path: str,
        *,
        key: str,
        timeout_s: float,
        body: Mapping[str, object] | None = None,
    ) -> Reply:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        with self._within(timeout_s) as call:
            try:
                response = self._client.request(
                    method,
                    self._server.root + path,
                    json=None if body is None else dict(body),
                    headers=headers,
                    timeout=timeout,
                )
            except (httpx2.HTTPError, RuntimeError, ValueError) as error:
                raise self._silent(error, call=call) from error
            if call.over:  # what was cut off looks like the end of a body without a length
                raise late(self._server.base_url)
        return Reply(response.status_code, response.text, _object(response))

    def _silent(self, error: Exception, *, call: Call) -> EngineUnavailable:
        where = self._server.base_url
        if isinstance(error, Unbounded):
            return EngineUnavailable(f"{where} {error}; see whether base_url names an API.")
        if call.over or isinstance(error, httpx2.ReadTimeout):
            return late(where)
        return EngineUnavailable(
            f"{where} cannot be reached; start the server or correct base_url."
        )


def http_client(base_url: str, *, watch: Callable[[httpx2.Request], None]) -> httpx2.Client:
    """Returns a client that opens a connection for each call: cutting one harms no other.

    Args:
        base_url: where the server's API begins.
        watch: sees each request before it is sent.

    Raises:
        EngineUnavailable: the environment names a proxy or certificates that cannot be used.
    """
    return opened(
        lambda: httpx2.Client(
            base_url=base_url,
            limits=httpx2.Limits(max_keepalive_connections=0),
            headers=PLAIN,
            event_hooks={"request": [watch, bare], "response": [bounded]},
            trust_env=not is_loopback(base_url),
            # Reading all certificates takes time, and plain HTTP, never redirected, needs none.
            verify=urlsplit(base_url).scheme == "https",
        )
    )


def is_loopback(address: str) -> bool:
    """Whether the address is this machine, where no proxy has any business."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_address(value: str | None) -> str | None:
    """Returns an address as it is configured, for validators.

    Raises:
        ValueError: it is no address, or holds a password.
    """
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is no address; write one such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password:
        raise ValueError("an address holds no key; name its variable in api_key_env")
    return value


def _object(response: httpx2.Response) -> Mapping[str, object]:
    try:
        found: object = response.json()
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
