def run(a):
    try:
        return int(a)
    except ValueError as error:
        return 0
