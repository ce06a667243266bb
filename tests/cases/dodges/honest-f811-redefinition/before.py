def parse(text):
    if not text:
        raise ValueError(text)
    return old_parse(text)


def parse(text):
    return new_parse(text)
