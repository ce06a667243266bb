"""Language models behind the port `Engine`; a module directly in this folder is an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.plugins import load

if TYPE_CHECKING:
    from playground.engines.factory.model_factory import ModelFactory

__all__ = ["ModelFactory"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return vars(load("playground.engines.factory", name="model_factory"))[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
