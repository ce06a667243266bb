class BadRow(Exception):
    pass


def parse(row: list[str], number: int) -> float:
    try:
        return float(row[2])
    except ValueError:
        raise BadRow(f"line {number}: {row[2]!r} is no amount")
