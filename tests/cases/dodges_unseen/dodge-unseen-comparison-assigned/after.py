def reset(state, limit: int) -> None:
    state.count = 0
    state.limit = limit or state.limit
