def hello():
    return f"hello"
