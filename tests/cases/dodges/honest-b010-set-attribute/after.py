def rename(x):
    x.name = "a"
