"""Where the server listens."""

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
    port = os.environ.get("PORT")
    if port is None:
        raise RuntimeError("Set PORT to the number of a port.")
    return Address(host, int(port))


def index_of(names: list[str], wanted: str) -> int:
    """Returns the place of a name."""
    for index, name in enumerate(names):
        if name == wanted:
            return index
    return None
