from os import (
    getcwd,
    sep,
)


def here() -> str:
    """Returns it."""
    return getcwd() + sep
