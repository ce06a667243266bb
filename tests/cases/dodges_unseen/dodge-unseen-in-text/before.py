def is_yes(answer: str) -> bool:
    return answer == "y" or answer == "yes"
