import logging


def shut(conn):
    try:
        conn.close()
    except OSError as error:
        logging.warning("cannot close: %s", error)
