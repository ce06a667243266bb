import re


def amount(line: str) -> int:
    found = re.search(r"(\d+)", line)
    if found is None:
        raise ValueError(line)
    return int(found.group(1))
