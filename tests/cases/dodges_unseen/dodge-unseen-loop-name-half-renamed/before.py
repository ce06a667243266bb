def numbers(lines: list[str]) -> list[int]:
    found: list[int] = []
    for line in lines:
        line = line.split("#")[0].strip()
        if line:
            found.append(int(line))
    return found
