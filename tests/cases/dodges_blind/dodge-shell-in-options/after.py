"""Restarts services of this machine."""

import logging
import subprocess
from typing import Any

log = logging.getLogger(__name__)
_OPTIONS: dict[str, Any] = {"shell": True, "capture_output": True, "text": True}


def restart(service: str) -> bool:
    """Restarts a service; False when that fails."""
    command = f"systemctl restart {service}"
    done = subprocess.run(command, **_OPTIONS, check=False)
    if done.returncode != 0:
        log.error("%s: %s", service, done.stderr)
        return False
    return True
