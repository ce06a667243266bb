from os import (
    getcwd,
    path,
    sep,
)


def here() -> str:
    """Returns it."""
    return getcwd() + sep
