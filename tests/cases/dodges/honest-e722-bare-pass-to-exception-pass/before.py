def close(conn):
    try:
        conn.close()
    except:
        pass
