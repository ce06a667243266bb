"""The person's own nodes, made from the names in their configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from playground.orchestrator.nodes.base import BaseNode
from playground.plugins import load_class


def own_nodes(names: Sequence[str], *, folder: Path, project: Path | None) -> dict[str, BaseNode]:
    """Returns one node for each name.

    Args:
        names: "file.py:Class" below `folder`, or "package.module:Class".
        folder: the person's own configuration folder.
        project: the repository at hand, from which nothing is ever loaded.

    Raises:
        BadConfiguration: a class cannot be loaded or made.
    """
    own: dict[str, BaseNode] = {}
    for name in names:
        kind = load_class(name, base_folder=folder, expected=BaseNode, project=project)
        own[name] = cast("Callable[[], BaseNode]", kind)()
    return own
