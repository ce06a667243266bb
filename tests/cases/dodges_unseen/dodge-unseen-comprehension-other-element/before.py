def labels(rows: list[dict[str, str]]) -> list[str]:
    names = []
    for row in rows:
        if row.get("active"):
            names.append(row["name"].title())
    return names
