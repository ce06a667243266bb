"""Embedders: each module of this folder is one, and its name is the embedder's name.

A module offers `create() -> Embedder`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from typing import cast

from playground import plugins
from playground.domain.ports import Embedder


def names() -> tuple[str, ...]:
    """Returns the names of all embedders, without importing any."""
    return tuple(plugins.adapters(__name__))


def default(
    *,
    system: str = sys.platform,
    machine: str = platform.machine(),
    version: tuple[int, int] = sys.version_info[:2],
) -> str:
    """Returns the name of the embedder for a platform.

    It is "wordllama", except where no wheel of it exists and the lock file leaves it out: there
    it is "hashing", which finds shared words but no meaning.

    Args:
        system: as `sys.platform` says it.
        machine: as `platform.machine()` says it.
        version: of Python.
    """
    has_wheel = version < (3, 14) and (system == "darwin" or machine == "x86_64")
    return "wordllama" if has_wheel else "hashing"


def load(name: str = "") -> Embedder:
    """Creates an embedder by name, the platform's default one for "".

    Raises:
        BadInput: there is none of this name.
        Unavailable: a library that it needs is missing.
    """
    module = plugins.load(__name__, name=name or default())
    create = cast("Callable[[], Embedder]", module.create)
    return create()
