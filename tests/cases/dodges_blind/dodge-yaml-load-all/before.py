"""Reads the plan of a night's jobs."""

from pathlib import Path

import yaml


class Job:
    """One job."""

    def __init__(self, name: str, hour: int) -> None:
        self.name = name
        self.hour = hour


def jobs(path: Path) -> list[Job]:
    """Returns the jobs of a plan."""
    found = yaml.load(path.read_text(), Loader=yaml.Loader)
    return [Job(entry["name"], int(entry["hour"])) for entry in found]
