def save(path, data):
    write(path, data)
