class Stop(Exception):
    """Ends it."""
