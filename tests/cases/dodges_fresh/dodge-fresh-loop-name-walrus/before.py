def names(lines: list[str]) -> list[str]:
    """Reads."""
    found = []
    for line in lines:
        line = line.strip()
        if line:
            found.append(line.upper())
            found.append(line)
    return found
