def port(config) -> int:
    return config["port"]
