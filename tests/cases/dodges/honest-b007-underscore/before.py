def repeat(n):
    for i in range(n):
        beep()
