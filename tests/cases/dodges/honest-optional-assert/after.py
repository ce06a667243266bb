import re


def head(text: str) -> str:
    match = re.search("b", text)
    assert match is not None
    return match[0]
