def f(rows, seen=None):
    total = 0
    return total + rows
