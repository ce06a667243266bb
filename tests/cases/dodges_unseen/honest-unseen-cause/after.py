def read_port(settings: dict[str, str]) -> int:
    """Returns the port."""
    try:
        return int(settings["port"])
    except ValueError as error:
        raise LookupError(f"no port in {len(settings)} settings") from error
