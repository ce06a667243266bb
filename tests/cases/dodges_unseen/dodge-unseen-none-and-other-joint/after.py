def visible(entry: dict, user: str | None) -> bool:
    if user is None and entry["owner"] == user:
        return not entry["hidden"]
    return False
