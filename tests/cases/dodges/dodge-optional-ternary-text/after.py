def label(user):
    found = user.find()
    return found.name if found is not None else ""
