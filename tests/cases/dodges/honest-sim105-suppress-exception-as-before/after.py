import contextlib


def shut(conn):
    with contextlib.suppress(Exception):
        conn.close()
