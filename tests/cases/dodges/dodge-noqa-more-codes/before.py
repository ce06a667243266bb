def run(a):
    x = a  # noqa: E501
    return a
