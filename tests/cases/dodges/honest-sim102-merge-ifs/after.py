def allowed(user, door):
    if user.active and door.open_for(user):
        return enter(user, door)
    return None
