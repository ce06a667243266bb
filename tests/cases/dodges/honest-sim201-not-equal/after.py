def differ(a, b):
    if a != b:
        return report(a, b)
    return None
