def load(path):
    try:
        return open(path).read()
    except:
        log(path)
        return ""
