"""Canaries: changes made bad on purpose, to find out whether proposals are still read.

A canary is made of a waiting proposal and shown like one. It is in no run and in no journal, so
there is nothing that could apply it; what is recorded is whether it was noticed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.domain.changes import FileChange, Hunk, Patch
from playground.domain.proposals import Proposal

_SWAPS = {
    "==": "!=",
    "!=": "==",
    "<=": ">",
    ">=": "<",
    " and ": " or ",
    " or ": " and ",
    " is not ": " is ",
    " is ": " is not ",
    " not in ": " in ",
    "True": "False",
    "False": "True",
}
_RETURN = re.compile(r"^(\s*)return \S.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Canary:
    """A change that must not be approved.

    Attributes:
        proposal: to be shown; its digest is that of no run's proposal.
        fault: what was done, in words.
    """

    proposal: Proposal
    fault: str


def canary_of(proposal: Proposal, *, seed: str) -> Canary | None:
    """Returns a bad version of a proposal, None where no fault fits.

    Args:
        proposal: what to spoil.
        seed: the same one gives the same fault.
    """
    for index, file in enumerate(proposal.patch.files):
        for number, hunk in enumerate(file.hunks):
            spoilt = _spoilt("".join(hunk.after), seed)
            if spoilt is None:
                continue
            text, fault = spoilt
            hunks = list(file.hunks)
            hunks[number] = Hunk(hunk.start, hunk.before, tuple(text.splitlines(keepends=True)))
            files = list(proposal.patch.files)
            files[index] = FileChange(file.path, file.base_sha256, None, tuple(hunks))
            bad = replace(proposal, run_id=_name(proposal, seed), patch=Patch(tuple(files)))
            return Canary(bad, fault)
    return None


def is_due(share: float, *, seed: str) -> bool:
    """Whether a canary is shown here, for this share of all places."""
    return int(_digest(seed)[:8], 16) / 16**8 < share


def _spoilt(text: str, seed: str) -> tuple[str, str] | None:
    faults: list[Callable[[], tuple[str, str]]] = []
    for old, new in _SWAPS.items():
        if old in text:
            faults.append(lambda old=old, new=new: (text.replace(old, new, 1), f"{old} to {new}"))
    if _RETURN.search(text):
        faults.append(
            lambda: (_RETURN.sub(r"\1return None", text, count=1), "a result was dropped")
        )
    if not faults:
        return None
    return faults[int(_digest(seed)[:8], 16) % len(faults)]()


def _name(proposal: Proposal, seed: str) -> str:
    return _digest(f"{seed}\0{proposal.run_id}")[:12]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
