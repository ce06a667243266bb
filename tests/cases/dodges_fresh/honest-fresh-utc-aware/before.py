import datetime


def stamp() -> str:
    """Tells the time in UTC."""
    return datetime.datetime.utcnow().isoformat()
