def numbers(lines: list[str]) -> list[int]:
    found: list[int] = []
    for line in lines:
        text = line.split("#")[0].strip()
        if text:
            found.append(int(line))
    return found
