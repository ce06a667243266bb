import tarfile


def unpack(path: str, target: str) -> None:
    """Unpacks."""
    with tarfile.open(path) as archive:
        for member in archive:
            archive.extract(member, target)
