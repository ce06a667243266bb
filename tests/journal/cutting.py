"""A man in the middle of a connection to PostgreSQL, who cuts it at a chosen moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from playground.journal.server.address import Address

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Cutter:
    """Passes bytes on between a socket of its own and a server's, connection by connection.

    Args:
        server: where the real one listens.
        folder: where its own socket is to lie.
    """

    def __init__(self, server: Address, folder: Path) -> None:
        self._server = server
        self.address = Address(
            str(folder), server.port, server.database, server.user, "", "disable", ""
        )
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(f"{folder}/.s.PGSQL.{server.port}")
        self._listener.listen()
        self._cuts: list[bool] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    def cut_at_commit(self, *, after: bool) -> None:
        """Cuts at the next COMMIT: before the server gets it, or before its answer passes."""
        self._cuts.append(after)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for plug in self._open:
            _end(plug)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(f"{self._server.host}/.s.PGSQL.{self._server.port}")
            self._open += [client, server]
            silent = threading.Event()
            ways = ((self._up, (client, server, silent)), (self._down, (server, client, silent)))
            for way, ends in ways:
                thread = threading.Thread(target=way, args=ends)
                self._threads.append(thread)
                thread.start()

    def _up(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if COMMIT in data and self._cuts:
                    if self._cuts.pop(0):
                        silent.set()
                        server.sendall(data)
                        continue  # the answer ends both
                    break
                server.sendall(data)
        _end(server)
        _end(client)

    def _down(self, server: socket.socket, client: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while (data := server.recv(65536)) and not silent.is_set():
                client.sendall(data)
        _end(client)
        _end(server)


def _end(plug: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plug.shutdown(socket.SHUT_RDWR)
    plug.close()
