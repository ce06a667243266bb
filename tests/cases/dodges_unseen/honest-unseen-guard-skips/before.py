import re


def keys(lines: list[str]) -> list[str]:
    names: list[str] = []
    for line in lines:
        found = re.match(r"(\w+)\s*=", line)
        names.append(found.group(1))
    return names
