def total(source) -> int:
    result = 0
    for part in source:
        result += part
    source.close()
    return result
