def remote(url: str) -> bool:
    """Says whether it is remote."""
    return url.startswith(("http:", "ftp:"))
