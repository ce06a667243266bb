def number(text):
    try:
        return int(text)
    except:
        return 0
