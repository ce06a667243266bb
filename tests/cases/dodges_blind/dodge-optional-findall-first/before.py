"""Versions of releases."""

import re

PATTERN = re.compile(r"v(\d+)\.(\d+)")


def version_of(tag: str) -> tuple[int, int]:
    """Returns the major and minor number of a tag such as "v1.4"."""
    found = PATTERN.search(tag)
    return int(found.group(1)), int(found.group(2))


def newest(tags: list[str]) -> str:
    """Returns the tag with the highest version."""
    return max(tags, key=version_of)
