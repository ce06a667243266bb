def run(a):
    try:
        return int(a)
    except ValueError:
        return 0
