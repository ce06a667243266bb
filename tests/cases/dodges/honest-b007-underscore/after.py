def repeat(n):
    for _ in range(n):
        beep()
