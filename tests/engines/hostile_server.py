"""A server on the loopback interface that says, byte for byte, what a test wants it to say."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

_HEAD_BYTES_MAX = 65_536


@dataclass
class Caller:
    """One connection that a request came over.

    Attributes:
        head: the request's first lines.
        connection: to answer on.
        over: set when the test is over.
    """

    head: str
    connection: socket.socket
    over: threading.Event

    def send(self, data: bytes) -> bool:
        """Sends; False when the other side is gone or the test is over."""
        if self.over.is_set():
            return False
        try:
            self.connection.sendall(data)
        except OSError:
            return False
        return True

    def head_of(self, content_type: str, *more: str, status: str = "200 OK") -> bytes:
        """Returns the first lines of an answer that ends with its connection."""
        lines = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close", *more)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


Say = Callable[[Caller], None]


@dataclass
class Heard:
    """What came in.

    Attributes:
        address: base URL of the server.
        heads: of all requests.
    """

    address: str
    heads: list[str] = field(default_factory=list[str])


@contextmanager
def hostile_server(say: Say) -> Generator[Heard]:
    """Runs a server that answers every request so; all its threads end with it."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head, connection = _request(self.request), self.request
            if head:
                heard.heads.append(head)
                say(Caller(head, connection, over))
            with contextlib.suppress(OSError):
                connection.close()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    heard = Heard(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        server.shutdown()
        server.server_close()  # waits for the threads of all connections
        thread.join()


def _request(connection: socket.socket) -> str:
    """Returns the first lines of a request whose body was read, "" when it broke off."""
    data = b""
    connection.settimeout(30)
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in data and len(data) < _HEAD_BYTES_MAX:
            data += (more := connection.recv(_HEAD_BYTES_MAX))
            if not more:
                return ""
        head, _, body = data.partition(b"\r\n\r\n")
        sizes = [
            s.split(b":")[1] for s in head.lower().split(b"\r\n") if s[:15] == b"content-length:"
        ]
        left = int(sizes[0]) - len(body) if sizes else 0
        while left > 0 and (more := connection.recv(left)):
            left -= len(more)
        return head.decode("latin-1")
    return ""
