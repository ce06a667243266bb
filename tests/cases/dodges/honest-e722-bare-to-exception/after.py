def load(path):
    try:
        return read(path)
    except Exception:
        log.warning("unreadable")
        return None
