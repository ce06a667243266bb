def stamp(at=now()):
    return at.isoformat()
