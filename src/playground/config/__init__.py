"""Configuration: packaged defaults, the person's own, the project's, the environment, flags.

Importing this package costs nothing; the libraries are loaded when a name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.plugins import load

if TYPE_CHECKING:
    from playground.config.manager import Change, ConfigManager, Folders, Setting
    from playground.config.schema import (
        Config,
        CyclesConfig,
        EngineConfig,
        ModelConfig,
        ToolsConfig,
    )

__all__ = [
    "Change",
    "Config",
    "ConfigManager",
    "CyclesConfig",
    "EngineConfig",
    "Folders",
    "ModelConfig",
    "Setting",
    "ToolsConfig",
]

_HOMES = {
    "manager": frozenset({"Change", "ConfigManager", "Folders", "Setting"}),
    "schema": frozenset({"Config", "CyclesConfig", "EngineConfig", "ModelConfig", "ToolsConfig"}),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return vars(load("playground.config", name=module))[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
