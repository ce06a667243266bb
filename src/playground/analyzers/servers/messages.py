"""The language server protocol's messages: JSON with a header that says how long they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

MESSAGE_BYTES_MAX = 64 << 20
_HEADER_BYTES_MAX = 1 << 12
_LENGTH = b"content-length"


def framed(message: Mapping[str, object]) -> bytes:
    """Returns a message as it goes over the pipe; half characters become question marks."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Frames:
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._body_bytes: int | None = None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Adds what arrived and yields the bodies of all messages that are whole by now.

        Raises:
            ValueError: this is no message, or one that is too large to be believed.
        """
        self._waiting += piece
        while (body := self._next()) is not None:
            yield body

    def _next(self) -> bytes | None:
        if self._body_bytes is None:
            end = self._waiting.find(b"\r\n\r\n")
            if end < 0:
                if len(self._waiting) > _HEADER_BYTES_MAX:
                    raise ValueError("a message has no head")
                return None
            self._body_bytes = _length(bytes(self._waiting[:end]))
            del self._waiting[: end + 4]
        if len(self._waiting) < self._body_bytes:
            return None
        body = bytes(self._waiting[: self._body_bytes])
        del self._waiting[: self._body_bytes]
        self._body_bytes = None
        return body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.strip().lower() == _LENGTH and value.strip().isdigit():
            length = int(value)
            if length <= MESSAGE_BYTES_MAX:
                return length
    raise ValueError("a message does not say how long it is")
