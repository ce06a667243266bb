"""The configuration with the origin of every value."""

from __future__ import annotations

from playground.domain.errors import BadInput
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import ManagerView


def show_settings(manager: ManagerView, *, key: str, screen: Screen) -> None:
    """Prints all settings, or those whose key is or lies below `key`.

    Raises:
        BadInput: no key begins so.
    """
    made = table("key", "value", "from")
    for setting in manager.explain():
        if not key or setting.key == key or setting.key.startswith(f"{key}."):
            made.add_row(plain(setting.key), plain(_value(setting.value)), plain(setting.origin))
    if not made.row_count:
        raise BadInput(f"There is no setting {key!r}; `playground config show` lists all.")
    screen.show(made)
    screen.tell(f"Your own settings lie in {manager.folders.config}.", style="dim")


def _value(value: object) -> str:
    return "none" if value is None else str(value)
