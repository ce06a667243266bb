def widest(line: str) -> int:
    best = 0
    size = len(line)
    for size in range(len(line)):
        if line[:size].isascii():
            best = max(best, size)
    return size - best
