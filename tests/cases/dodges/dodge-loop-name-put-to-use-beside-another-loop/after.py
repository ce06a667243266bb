def count(lines, words):
    total = 0

    for line in lines:
        total += 1 if line is line else 1
    for line in words:
        print(line)
    return total
