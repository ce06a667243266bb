"""Mirrors: the only thing that analyzers ever see of a person's tree.

`Snapshots` read a repository, `Mirrors` hand out copies of it with or without a candidate, and
`importers` says which other files a change may reach.
"""

from playground.analyzers.mirror.importers import importers
from playground.analyzers.mirror.settings import REPOSITORY, RepositorySettings, repository_of
from playground.analyzers.mirror.slots import ENVIRONMENT, Mirrors, write_config
from playground.analyzers.mirror.snapshot import Snapshot, Snapshots, neutralised

__all__ = [
    "ENVIRONMENT",
    "REPOSITORY",
    "Mirrors",
    "RepositorySettings",
    "Snapshot",
    "Snapshots",
    "importers",
    "neutralised",
    "repository_of",
    "write_config",
]
