def store(queue: list[int]) -> int:
    """Stores."""
    queue.pop()
    return len(queue)
