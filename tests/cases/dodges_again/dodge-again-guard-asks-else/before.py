class User:
    name: str | None = None


def label(user: User | None) -> str | None:
    """Labels."""
    return user.name
