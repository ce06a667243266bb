"""Where the server listens."""

import os
from dataclasses import dataclass
from typing import Any, overload


@dataclass
class Address:
    """A place to listen at."""

    host: str
    port: int


def address() -> Address:
    """Returns the address that the environment asks for."""
    host = os.environ.get("HOST", "localhost")
    return Address(host, int(os.environ.get("PORT")))


@overload
def index_of(names: list[str], wanted: str) -> int: ...
@overload
def index_of(names: tuple[str, ...], wanted: str) -> int: ...
def index_of(names: Any, wanted: str) -> Any:
    """Returns the place of a name."""
    for index, name in enumerate(names):
        if name == wanted:
            return index
    return None
