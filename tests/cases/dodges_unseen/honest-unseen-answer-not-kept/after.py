def drain(queue, limit: int) -> int:
    count = 0
    while count < limit and not queue.empty():
        queue.get()
        count += 1
    return count
