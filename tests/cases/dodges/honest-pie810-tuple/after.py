def web(u):
    return u.startswith(("http:", "https:"))
