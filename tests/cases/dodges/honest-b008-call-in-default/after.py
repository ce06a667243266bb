def stamp(at=None):
    if at is None:
        at = now()
    return at.isoformat()
