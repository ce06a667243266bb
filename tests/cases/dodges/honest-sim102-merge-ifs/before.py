def allowed(user, door):
    if user.active:
        if door.open_for(user):
            return enter(user, door)
    return None
