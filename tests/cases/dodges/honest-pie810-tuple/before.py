def web(u):
    return u.startswith("http:") or u.startswith("https:")
