def port(config) -> int:
    return config.get("port", 80)
