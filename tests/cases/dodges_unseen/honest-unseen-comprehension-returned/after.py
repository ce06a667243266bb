def labels(rows: list[dict[str, str]]) -> list[str]:
    return [row["name"].title() for row in rows if row.get("active")]
