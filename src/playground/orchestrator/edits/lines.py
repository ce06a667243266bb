"""The form of an answer that is made of edits."""

from __future__ import annotations

import re

FILE = "FILE: "
SEARCH = "<<<<<<< SEARCH"
DIVIDER = "======="
REPLACE = ">>>>>>> REPLACE"

BEGINS = re.compile(r"<{7} *(SEARCH|ORIGINAL)?[ \t]*$")
DIVIDES = re.compile(r"={7}[ \t]*$")
ENDS = re.compile(r">{7} *(REPLACE|UPDATED)?[ \t]*$")


def lines_of(text: str) -> list[str]:
    """Returns the lines without their ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def is_marker(line: str) -> bool:
    """Whether the line would be taken for a part of the form and not of the code."""
    return any(marker.match(line) for marker in (BEGINS, DIVIDES, ENDS))
