def name(user):
    label = user.name() if user else "guest"
    return label
