# What is used of pg8000, which comes without types.

import socket
import ssl
from typing import Any

class PreparedStatement:
    def run(self, **params: str | float | None) -> list[list[Any]]: ...

class Connection:
    def __init__(
        self,
        user: str,
        host: str = ...,
        database: str | None = ...,
        password: str | None = ...,
        *,
        sock: socket.socket | None = ...,
        ssl_context: ssl.SSLContext | bool | None = ...,
        application_name: str | None = ...,
        startup_params: dict[str, str] | None = ...,
    ) -> None: ...
    def run(self, sql: str) -> list[list[Any]] | None: ...
    def prepare(self, sql: str) -> PreparedStatement: ...
    def close(self) -> None: ...
