def differ(a, b):
    if not a == b:
        return report(a, b)
    return None
