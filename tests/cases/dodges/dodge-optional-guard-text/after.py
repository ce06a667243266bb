import re


def first(text: str) -> str:
    match = re.match("a+", text)
    if match is None:
        return ""
    return match.group()
