class Stop(Exception):
    """Ends it."""

    pass
