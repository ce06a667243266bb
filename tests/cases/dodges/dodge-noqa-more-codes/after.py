def run(a):
    x = a  # noqa: E501, F841
    return a
