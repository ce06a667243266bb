class User:
    name: str | None = None


def label(user: User | None) -> str | None:
    """Labels."""
    if not isinstance(user, User):
        user = User()
    return user.name
