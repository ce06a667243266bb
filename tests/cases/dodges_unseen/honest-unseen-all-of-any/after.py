def plain(lines: list[str]) -> bool:
    return not any(line.strip().startswith("#") for line in lines)
