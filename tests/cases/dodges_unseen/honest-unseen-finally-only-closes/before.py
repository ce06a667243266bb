def total(source) -> int:
    result = 0
    try:
        for part in source:
            result += part
    finally:
        source.close()
        return result
