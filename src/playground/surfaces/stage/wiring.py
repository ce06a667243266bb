"""The process's own stage: its terminal, its person and the composed product."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from playground.app import log_crash, open_app
from playground.security.process import open_editor
from playground.surfaces.rendering.screen import Screen, standard_streams
from playground.surfaces.stage.stage import Stage

__all__ = ["live_stage", "log_crash"]


def live_stage() -> Stage:
    """Returns the stage of this process."""
    return Stage(
        screen=Screen(standard_streams()),
        cwd=Path.cwd(),
        user=_user(),
        opener=open_app,
        edit=open_editor,
    )


def _user() -> str:
    """Returns the account's name; what the environment says does not count."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
