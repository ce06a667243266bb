def parse(text):
    return new_parse(text)
