def visible(entry: dict, user: str | None) -> bool:
    if user == None or entry["owner"] == user:
        return not entry["hidden"]
    return False
