import socket


def listen(port: int) -> socket.socket:
    """Listens."""
    server = socket.socket()
    server.bind(("0", port))
    return server
