"""Where a server listens."""

import os
from dataclasses import dataclass


@dataclass
class Address:
    """A place to listen at."""

    host: str
    port: int


def address() -> Address:
    """Returns the address that the environment asks for."""
    host = os.environ.get("HOST", "localhost")
    return Address(host, int(os.environ.get("PORT")))


def index_of(names: list[str], wanted: str) -> int:
    """Returns the place of a name."""
    for index, name in enumerate(names):
        if name == wanted:
            return index
    return None
