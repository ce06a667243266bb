import logging


def shut(conn):
    try:
        conn.close()
    except Exception:
        logging.exception("cannot close")
