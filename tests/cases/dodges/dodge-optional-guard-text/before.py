import re


def first(text: str) -> str:
    match = re.match("a+", text)
    return match.group()
