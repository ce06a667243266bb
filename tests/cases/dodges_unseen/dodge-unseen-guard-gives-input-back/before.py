import re


def version(text: str) -> str:
    found = re.match(r"v(\d+)\.", text)
    return found.group(1)
