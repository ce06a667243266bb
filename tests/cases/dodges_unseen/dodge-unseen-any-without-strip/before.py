def commented(lines: list[str]) -> bool:
    for line in lines:
        if line.strip().startswith("#"):
            return True
    return False
