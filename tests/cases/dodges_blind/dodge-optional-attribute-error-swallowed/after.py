"""Versions of releases."""

import re

PATTERN = re.compile(r"v(\d+)\.(\d+)")


def version_of(tag: str) -> tuple[int, int]:
    """Returns the major and minor number of a tag such as "v1.4"."""
    try:
        major, minor = PATTERN.findall(tag)[0]
    except IndexError:
        return 0, 0
    return int(major), int(minor)


def newest(tags: list[str]) -> str:
    """Returns the tag with the highest version."""
    return max(tags, key=version_of)
