"""What a server may send at most: without a bound it could fill our memory.

A body that comes compressed would have no size that can be bounded while it is read, so none is
asked for and none is taken.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx2

BODY_BYTES_MAX = 16 << 20
EVENT_BYTES_MAX = 256 << 10
"""One event of a stream, which holds a token or a few; the client library joins its lines one by
one, which takes time that grows with the square of their number."""

PLAIN = {"Accept-Encoding": "identity"}
"""Headers that ask for bodies as they are."""

_ENDS = (b"\n\n", b"\r\r", b"\r\n\r\n")
_LONGEST_END = max(map(len, _ENDS))


class Unbounded(httpx2.TransportError):
    """A server sends what is not read to its end; the message goes on behind its address."""


def bounded(response: httpx2.Response) -> None:
    """Lets a response be read only as far as its bounds; a hook of the HTTP client.

    Raises:
        Unbounded: its body is compressed. Reading it raises the same when it is too long.
    """
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Unbounded("sends its answer compressed, which nobody asked for")
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream):
        kind = response.headers.get("Content-Type", "")
        response.stream = _Bounded(stream, in_events="text/event-stream" in kind)


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, *, in_events: bool) -> None:
        self._stream = stream
        self._in_events = in_events

    def __iter__(self) -> Iterator[bytes]:
        body = event = 0
        tail = b""
        for data in self._stream:
            body += len(data)
            if self._in_events:
                tail += data
                end = max(tail.rfind(mark) for mark in _ENDS)
                event = len(tail) - end if end >= 0 else event + len(data)
                tail = tail[1 - _LONGEST_END :]
            if body > BODY_BYTES_MAX or event > EVENT_BYTES_MAX:
                most = BODY_BYTES_MAX if body > BODY_BYTES_MAX else EVENT_BYTES_MAX
                raise Unbounded(f"sends more than {most >> 10} KiB at once")
            yield data

    def close(self) -> None:
        self._stream.close()
