import random


def token():
    return random.randint(0, 10)
