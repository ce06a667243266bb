import warnings


def old():
    warnings.warn("old", DeprecationWarning)
