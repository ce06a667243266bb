import secrets


def token():
    return secrets.randbelow(11)
