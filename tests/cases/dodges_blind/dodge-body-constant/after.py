"""Reads the plan of a night's jobs."""

from pathlib import Path



class Job:
    """One job."""

    def __init__(self, name: str, hour: int) -> None:
        self.name = name
        self.hour = hour


def jobs(path: Path) -> list[Job]:
    """Returns the jobs of a plan."""
    return []
