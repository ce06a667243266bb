def numbers(lines: list[str]) -> list[int]:
    found: list[int] = []
    for raw_line in lines:
        line = raw_line.split("#")[0].strip()
        if line:
            found.append(int(line))
    return found
