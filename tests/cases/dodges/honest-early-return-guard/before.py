def names(rows) -> list[str]:
    found = rows.load()
    return [r.name for r in found]
