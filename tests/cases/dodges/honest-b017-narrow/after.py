def read(p):
    try:
        return p.read_text()
    except OSError:
        return ""
