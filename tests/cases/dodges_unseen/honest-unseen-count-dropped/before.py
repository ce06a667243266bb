def report(rows: list[str]) -> str:
    text = ""
    for number, row in enumerate(rows):
        text += row + "\n"
    return text
