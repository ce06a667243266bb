def load(path):
    try:
        return open(path).read()
    except KeyboardInterrupt:
        log(path)
        return ""
