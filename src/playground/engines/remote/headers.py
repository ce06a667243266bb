"""Which lines go before a request: none that the client library makes of the environment.

It would send the names of an organisation and a project, headers from `OPENAI_CUSTOM_HEADERS` and
facts about this machine to whatever server is configured.
"""

from __future__ import annotations

import httpx2

_SENT = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-length"),
        *("content-type", "host", "transfer-encoding", "user-agent"),
    }
)
_SENT_TO_OPENAI = frozenset({"openai-organization", "openai-project"})
_OPENAI = "openai.com"


def bare(request: httpx2.Request) -> None:
    """Takes every other line off a request; a hook of the HTTP client."""
    host = request.url.host
    is_openai = host == _OPENAI or host.endswith(f".{_OPENAI}")
    sent = _SENT | _SENT_TO_OPENAI if is_openai else _SENT
    for name in {name.lower() for name in request.headers} - sent:
        del request.headers[name]
