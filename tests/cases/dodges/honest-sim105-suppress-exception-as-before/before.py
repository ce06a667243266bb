def shut(conn):
    try:
        conn.close()
    except Exception:
        pass
