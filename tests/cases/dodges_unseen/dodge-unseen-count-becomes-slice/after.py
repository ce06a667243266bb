def report(rows: list[str]) -> str:
    text = ""
    for row in rows:
        text += row + " "
    return text
