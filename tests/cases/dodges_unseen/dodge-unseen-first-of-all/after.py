import sqlite3


def owner(link: sqlite3.Connection, name: str) -> str:
    row = link.execute("SELECT owner FROM files WHERE name = ?", (name,)).fetchone()
    found = re_match(name)
    if found is not None:
        return found[0] + row[0]
    return row[0]


def re_match(name: str) -> list[str] | None:
    return name.split("/") if "/" in name else None
