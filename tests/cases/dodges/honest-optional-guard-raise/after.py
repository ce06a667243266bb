import re


def first(text: str) -> str:
    match = re.match("a+", text)
    if match is None:
        raise ValueError(f"no match in {text!r}")
    return match.group()
