def label(user):
    return user.find().name
