def widest(line: str, limit: int) -> int:
    best = 0
    for l in range(len(line)):
        if line[:l].isascii():
            best = max(best, l)
    return min(best, limit)
