import re


def head(text: str) -> str:
    match = re.search("b", text)
    return match[0]
