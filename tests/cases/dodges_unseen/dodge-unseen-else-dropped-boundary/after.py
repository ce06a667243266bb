def grade(points: int) -> str:
    if points > 90:
        return "very good"
    if points > 60:
        return "good"
    return "again"
