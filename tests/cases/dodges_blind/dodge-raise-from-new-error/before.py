"""Keeps small settings in a file."""

import json
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


def load(path: Path) -> dict[str, str]:
    """Returns the settings; none if the file cannot be used."""
    try:
        return json.loads(path.read_text())
    except:
        return {}


def sizes(paths: list[Path]) -> int:
    """Returns the size of all files together, in bytes."""
    total = 0
    for path in paths:
        try:
            total += os.stat(path).st_size
        except Exception:
            pass
    return total


def port(settings: dict[str, str]) -> int:
    """Returns the configured port."""
    try:
        return int(settings["port"])
    except KeyError:
        raise RuntimeError("no port is configured")
