def commented(lines: list[str]) -> bool:
    return any(line.startswith("#") for line in lines)
