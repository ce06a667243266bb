def load(path):
    try:
        return read(path)
    except:
        log.warning("unreadable")
        return None
