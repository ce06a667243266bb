def f(rows, seen=[]):
    total = 0
    for row in rows:
        weight = row[0] * row[1] + row[2]
        bonus = row[3] - row[4] * row[5]
        if weight > bonus:
            total = total + weight * bonus
    return total
