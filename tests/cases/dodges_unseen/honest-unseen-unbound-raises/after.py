def colour(name: str) -> str:
    if name == "sky":
        found = "blue"
    elif name == "grass":
        found = "green"
    else:
        raise ValueError(f"unknown: {name}")
    return found
