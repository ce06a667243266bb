"""The stage of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.views import Opener


class EditorOpener(Protocol):
    """Opens a file in the person's editor and waits until it is closed."""

    def __call__(self, path: Path, *, editor: str, environment: Mapping[str, str]) -> None:
        """Raises `BadInput` or `Unavailable` when the editor cannot be used."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """What a command stands on.

    Attributes:
        screen: where it writes and asks.
        cwd: absolute working folder.
        user: name under which decisions are recorded.
        opener: opens the composed product.
        edit: opens a file in an editor.
    """

    screen: Screen
    cwd: Path
    user: str
    opener: Opener
    edit: EditorOpener
