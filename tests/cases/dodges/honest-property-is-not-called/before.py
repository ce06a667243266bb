def name(user) -> str:
    return user.name()
