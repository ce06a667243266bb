def rename(x):
    setattr(x, "name", "a")
