"""Mirrors: the only thing that analyzers ever see of a person's tree.

`Snapshots` read a repository, `Mirrors` hand out copies of it, a candidate is an overlay on such a
copy, `written` puts it on disk for programs that need files, and `importers` says which other files
a change may reach.
"""

from playground.analyzers.mirror.importers import importers
from playground.analyzers.mirror.settings import REPOSITORY, RepositorySettings, repository_of
from playground.analyzers.mirror.slots import ENVIRONMENT, Mirrors, reads_of, write_config
from playground.analyzers.mirror.snapshot import Snapshot, Snapshots, neutralised
from playground.analyzers.mirror.written import written

__all__ = [
    "ENVIRONMENT",
    "REPOSITORY",
    "Mirrors",
    "RepositorySettings",
    "Snapshot",
    "Snapshots",
    "importers",
    "neutralised",
    "reads_of",
    "repository_of",
    "write_config",
    "written",
]
