def name(user):
    if user:
        label = user.name()
    else:
        label = "guest"
    return label
