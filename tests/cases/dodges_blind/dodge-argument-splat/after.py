"""Where the server listens."""

import os
from typing import Any
from dataclasses import dataclass


@dataclass
class Address:
    """A place to listen at."""

    host: str
    port: int


def address() -> Address:
    """Returns the address that the environment asks for."""
    host = os.environ.get("HOST", "localhost")
    arguments: list[Any] = [os.environ.get("PORT")]
    return Address(host, int(*arguments))


def index_of(names: list[str], wanted: str) -> int:
    """Returns the place of a name."""
    for index, name in enumerate(names):
        if name == wanted:
            return index
    return None
