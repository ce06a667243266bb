"""The one place where a program is started for an entry of a room."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playground.domain.errors import AnalyzerUnavailable
from playground.security.calls import Entry
from playground.security.programs import environment_in


def started(entry: Entry, scratch: Path, *, spoken_to: bool = False) -> subprocess.Popen[bytes]:
    """Starts what an entry says: no shell, an environment built from nothing, its own session.

    Args:
        entry: what to start.
        scratch: working folder and home.
        spoken_to: whether its standard input is a pipe; else it is empty.

    Raises:
        AnalyzerUnavailable: the system could not start it.
    """
    try:
        return subprocess.Popen(
            entry.argv,
            cwd=scratch,
            env={**environment_in(scratch), **entry.environment},
            stdin=subprocess.PIPE if spoken_to else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            close_fds=True,
            pass_fds=entry.fds,
        )
    except OSError as error:
        name = Path(entry.argv[0]).name
        raise AnalyzerUnavailable(
            f"{name} cannot be started ({error.strerror}); install Playground again."
        ) from error
