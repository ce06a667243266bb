"""Restarts services of this machine."""

import logging
import subprocess

log = logging.getLogger(__name__)


def restart(service: str) -> bool:
    """Restarts a service; False when that fails."""
    command = f"systemctl restart {service}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        log.error("%s: %s", service, done.stderr)
        return False
    return True
