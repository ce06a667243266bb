def sign(value: int, strict: bool) -> str:
    if value > 0:
        return_value = "plus"
    elif value < 0:
        return_value = "minus"
    else:
        return_value = "none"
    return return_value
