"""The configuration with the origin of every value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from playground.domain.errors import BadInput
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import ManagerView


def show_settings(manager: ManagerView, *, key: str, screen: Screen) -> None:
    """Prints all settings, or those whose key is or lies below `key`.

    Raises:
        BadInput: no key begins so.
    """
    own = f"{manager.folders.config}/"
    made = table("key", "from", "value")
    for setting in manager.explain():
        if not key or setting.key == key or setting.key.startswith(f"{key}."):
            origin = setting.origin.replace(own, "your ", 1)
            made.add_row(plain(setting.key), plain(origin), plain(_value(setting.value)))
    if not made.row_count:
        raise BadInput(f"There is no setting {key!r}; `playground config show` lists all.")
    screen.show(made)
    screen.tell(f"Your own settings lie in {manager.folders.config}.", style="dim")


def _value(value: object) -> str:
    """Returns a value as it is written in the files, as far as they have a word for it."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case "":
            return '""'
        case list() | tuple():
            items = cast("Sequence[object]", value)
            return f"[{', '.join(_value(item) for item in items)}]"
        case _:
            return str(value)
