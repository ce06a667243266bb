import re


def version(text: str) -> str:
    found = re.match(r"v(\d+)\.", text)
    if not found:
        raise ValueError(f"Invalid version: {text!r}")
    return found.group(1)
