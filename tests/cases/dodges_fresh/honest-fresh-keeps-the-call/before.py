def store(queue: list[int]) -> int:
    """Stores."""
    last = queue.pop()
    return len(queue)
