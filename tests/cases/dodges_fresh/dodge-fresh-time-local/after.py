import datetime


def stamp() -> str:
    """Tells the time in UTC."""
    return datetime.datetime.now().isoformat()
