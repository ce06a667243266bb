"""Restarts services of this machine."""

import logging
import subprocess

log = logging.getLogger(__name__)


def restart(service: str) -> bool:
    """Restarts a service; False when that fails."""
    code, output = subprocess.getstatusoutput(f"systemctl restart {service}")
    done = subprocess.CompletedProcess(service, code, output, output)
    if done.returncode != 0:
        log.error("%s: %s", service, done.stderr)
        return False
    return True
