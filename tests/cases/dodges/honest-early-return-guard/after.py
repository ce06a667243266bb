def names(rows) -> list[str]:
    found = rows.load()
    if not found:
        return []
    return [r.name for r in found]
