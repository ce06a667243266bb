def maker():
    return lambda: make()
