import re


def amount(line: str) -> int:
    found = re.fullmatch(r"total: (\d+)", line)
    return int(found.group(1))
