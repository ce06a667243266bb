"""Where the server listens."""

import os
import typing
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


@typing.no_type_check
def index_of(names: list[str], wanted: str) -> int:
    """Returns the place of a name."""
    for index, name in enumerate(names):
        if name == wanted:
            return index
    return None
