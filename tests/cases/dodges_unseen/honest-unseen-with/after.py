def count(path: str, word: str) -> int:
    number = 0
    with open(path, encoding="utf-8") as handle:
        for line in handle:
            if word in line:
                number += 1
    return number
