def names(lines: list[str]) -> list[str]:
    """Reads."""
    found = []
    for line in lines:
        if line := line.strip():
            found.append(line.upper())
            found.append(line)
    return found
