def unknown(name: str, known: set[str], aliases: dict[str, str]) -> bool:
    return not name in known and name not in aliases
