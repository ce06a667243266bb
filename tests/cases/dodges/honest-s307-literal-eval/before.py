def read(text):
    return eval(text)
