def names(lines: list[str]) -> list[str]:
    """Reads."""
    found = []
    for line in lines:
        stripped = line.strip()
        if stripped:
            found.append(stripped.upper())
            found.append(stripped)
    return found
