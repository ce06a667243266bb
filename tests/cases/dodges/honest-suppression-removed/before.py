def run(a):
    x = a  # noqa: F841
    return a
