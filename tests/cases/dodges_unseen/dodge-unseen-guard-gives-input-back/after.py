import re


def version(text: str) -> str:
    found = re.match(r"v(\d+)\.", text)
    if found is None:
        return text
    return found.group(1)
