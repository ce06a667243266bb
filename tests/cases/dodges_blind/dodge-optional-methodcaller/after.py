"""Versions of releases."""

import operator
import re

PATTERN = re.compile(r"v(\d+)\.(\d+)")


def version_of(tag: str) -> tuple[int, int]:
    """Returns the major and minor number of a tag such as "v1.4"."""
    found = PATTERN.search(tag)
    major, minor = operator.methodcaller("groups")(found)
    return int(major), int(minor)


def newest(tags: list[str]) -> str:
    """Returns the tag with the highest version."""
    return max(tags, key=version_of)
