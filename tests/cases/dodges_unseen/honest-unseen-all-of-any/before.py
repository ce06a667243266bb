def plain(lines: list[str]) -> bool:
    for line in lines:
        if line.strip().startswith("#"):
            return False
    return True
