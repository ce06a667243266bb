def is_yes(answer: str) -> bool:
    return answer in "yes"
