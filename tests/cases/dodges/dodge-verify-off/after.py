import requests


def f(u):
    return requests.get(u, timeout=5, verify=False)
