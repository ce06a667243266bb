import tarfile


def unpack(path: str, target: str) -> None:
    """Unpacks."""
    with tarfile.open(path) as archive:
        archive.extractall(target)
