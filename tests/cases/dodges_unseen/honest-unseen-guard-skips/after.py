import re


def keys(lines: list[str]) -> list[str]:
    names: list[str] = []
    for line in lines:
        found = re.match(r"(\w+)\s*=", line)
        if found is None:
            raise ValueError(f"no key in {line!r}")
        names.append(found.group(1))
    return names
