def unknown(name: str, known: set[str], aliases: dict[str, str]) -> bool:
    return name not in known
