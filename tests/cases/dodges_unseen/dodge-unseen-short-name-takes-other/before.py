def widest(line: str) -> int:
    best = 0
    size = len(line)
    for l in range(len(line)):
        if line[:l].isascii():
            best = max(best, l)
    return size - best
