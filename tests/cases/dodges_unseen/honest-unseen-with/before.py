def count(path: str, word: str) -> int:
    handle = open(path, encoding="utf-8")
    number = 0
    for line in handle:
        if word in line:
            number += 1
    handle.close()
    return number
