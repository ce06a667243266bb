"""What an analyzer may be able to do besides; the gate asks for it, and does without it too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from playground.domain.ports import Mirror
from playground.domain.verdicts import Check


@runtime_checkable
class ReadsAlone(Protocol):
    """An analyzer whose findings in a file depend on nothing but this file."""

    @property
    def reads_alone(self) -> bool:
        """Whether it is so."""
        ...


@runtime_checkable
class StaysWarm(Protocol):
    """An analyzer that also has servers that stay, for many candidates on the same files.

    `check` is its other way: a new start on files, which knows nothing of what was before.
    """

    def prepare(self, mirror: Mirror) -> None:
        """Starts a server for the mirror's repository in the background."""
        ...

    def is_ready(self, mirror: Mirror) -> bool:
        """Whether a server for the mirror's repository has started."""
        ...

    def compare(
        self, base: Mirror, after: Mirror, *, before: Sequence[str], paths: Sequence[str]
    ) -> tuple[Check, Check]:
        """Analyses files of the base and of the changed tree on one server.

        Trouble is a status, never an exception; `UNAVAILABLE` says that no server can be started.

        Args:
            base: the unchanged tree.
            after: the same files on disk with a candidate on top.
            before: files of the base.
            paths: files of the changed tree.
        """
        ...


@runtime_checkable
class ChecksParts(Protocol):
    """An analyzer that can look at no more of a changed tree than a change may reach."""

    def check_parts(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses what the mirror's overlay changes, and takes over what it found without it.

        As `check` otherwise, which looks at whole files and has the last word.
        """
        ...


@runtime_checkable
class Closes(Protocol):
    """An analyzer that holds something that must be given back."""

    def close(self) -> None:
        """Ends it; may be called twice."""
        ...
