def colour(name: str) -> str:
    if name == "sky":
        found = "blue"
    elif name == "grass":
        found = "green"
    return found
