def remote(url: str) -> bool:
    """Says whether it is remote."""
    return url.startswith("http:") or url.startswith("https:") or url.startswith("ftp:")
