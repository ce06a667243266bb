"""Embedders: each module of this folder is one, and its name is the embedder's name.

A module offers `create() -> Embedder`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from playground import plugins
from playground.domain.ports import Embedder

DEFAULT = "wordllama"


def names() -> tuple[str, ...]:
    """Returns the names of all embedders, without importing any."""
    return tuple(plugins.adapters(__name__))


def load(name: str = DEFAULT) -> Embedder:
    """Creates an embedder by name.

    Raises:
        BadInput: there is none of this name.
        Unavailable: a library that it needs is missing.
    """
    module = plugins.load(__name__, name=name)
    create = cast("Callable[[], Embedder]", module.create)
    return create()
