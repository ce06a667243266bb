def count(lines, words):
    total = 0

    for line in lines:
        total += 1
    for line in words:
        print(line)
    return total
