def close(conn):
    try:
        conn.close()
    except Exception:
        pass
