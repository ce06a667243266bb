class BadRow(Exception):
    pass


def parse(row: list[str], number: int) -> float:
    try:
        return float(row[2])
    except ValueError as e:
        raise BadRow(str(e)) from e
